"""What is done with Travel Rule data, one function a use case."""
