"""What the metadata files of a project say of ``websockets``: a reader for each format."""
