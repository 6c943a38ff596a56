mock_provider "azurerm" {}

variables {
  name                = "exampleaccount"
  resource_group_name = "example"
  location            = "germanywestcentral"
}

run "nobody_can_make_it_public" {
  command = plan

  assert {
    condition     = !azurerm_storage_account.this.allow_nested_items_to_be_public
    error_message = "Containers can be made public."
  }

  assert {
    condition     = azurerm_storage_account.this.https_traffic_only_enabled
    error_message = "The account answers over plain HTTP."
  }
}

run "it_is_kept_safe_unless_told_otherwise" {
  command = plan

  assert {
    condition     = azurerm_storage_account.this.blob_properties[0].versioning_enabled
    error_message = "Blobs that are overwritten cannot be restored."
  }

  assert {
    condition     = azurerm_storage_account.this.account_replication_type == "ZRS"
    error_message = "Data is kept in one place only."
  }
}

run "versioning_can_be_switched_off" {
  command = plan

  variables {
    versioning = false
  }

  assert {
    condition     = !azurerm_storage_account.this.blob_properties[0].versioning_enabled
    error_message = "Versioning is still on."
  }
}

run "a_name_that_azure_refuses_is_refused_at_once" {
  command = plan

  variables {
    name = "not-an-account"
  }

  expect_failures = [var.name]
}

run "what_is_no_replication_is_refused" {
  command = plan

  variables {
    replication = "lrs"
  }

  expect_failures = [var.replication]
}

run "half_a_day_is_refused" {
  command = plan

  variables {
    retention_days = 1.5
  }

  expect_failures = [var.retention_days]
}
