  name          = "example-complete"
  location      = "EUROPE-WEST3"
  force_destroy = true
  kms_key_name  = "projects/my-project/locations/europe-west3/keyRings/ring/cryptoKeys/key"
  versioning    = false

  labels = {
    environment = "test"
  }
