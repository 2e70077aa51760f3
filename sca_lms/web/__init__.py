"""What every page shares: language, formats, forms, headers, error pages, layout and static files."""
