  name = "example-minimal"
