"""Running the platform: certificates, the database's shape, processes."""
