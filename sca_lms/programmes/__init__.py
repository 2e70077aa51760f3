"""Programme files: their fields and rules, every fault with its line, reading and writing them."""
