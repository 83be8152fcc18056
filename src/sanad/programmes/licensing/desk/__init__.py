"""What people do in licensing, one function a use case."""
