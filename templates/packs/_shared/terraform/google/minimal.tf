  name     = "example-minimal"
  location = "EUROPE-WEST3"
