"""Small tools on other libraries, each written from the library's documentation, to compare with."""
