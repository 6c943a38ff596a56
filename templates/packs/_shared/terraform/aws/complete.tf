  name          = "example-complete"
  force_destroy = true
  kms_key_arn   = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
  versioning    = false

  tags = {
    environment = "test"
  }
