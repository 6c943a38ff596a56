  name                = "examplecomplete"
  resource_group_name = "example"
  location            = "germanywestcentral"
  replication         = "LRS"
  retention_days      = 30
  versioning          = false

  tags = {
    environment = "test"
  }
