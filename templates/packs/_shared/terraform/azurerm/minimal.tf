  name                = "exampleminimal"
  resource_group_name = "example"
  location            = "germanywestcentral"
