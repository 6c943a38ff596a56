mock_provider "google" {}

variables {
  name     = "example-bucket"
  location = "EUROPE-WEST3"
}

run "nobody_can_make_it_public" {
  command = plan

  assert {
    condition     = google_storage_bucket.this.public_access_prevention == "enforced"
    error_message = "Public access is not prevented."
  }

  assert {
    condition     = google_storage_bucket.this.uniform_bucket_level_access
    error_message = "Single objects can have rights of their own."
  }
}

run "it_is_kept_safe_unless_told_otherwise" {
  command = plan

  assert {
    condition     = google_storage_bucket.this.versioning[0].enabled
    error_message = "Objects that are overwritten cannot be restored."
  }

  assert {
    condition     = !google_storage_bucket.this.force_destroy
    error_message = "The bucket is destroyed with everything in it."
  }
}

run "versioning_can_be_switched_off" {
  command = plan

  variables {
    versioning = false
  }

  assert {
    condition     = !google_storage_bucket.this.versioning[0].enabled
    error_message = "Versioning is still on."
  }
}

run "a_name_that_google_refuses_is_refused_at_once" {
  command = plan

  variables {
    name = "Not_A_Bucket"
  }

  expect_failures = [var.name]
}

run "what_is_no_key_is_refused" {
  command = plan

  variables {
    kms_key_name = "my-key"
  }

  expect_failures = [var.kms_key_name]
}
