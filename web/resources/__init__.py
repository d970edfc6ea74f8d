"""One module per resource, with its shapes and its routes; every module here is found."""
