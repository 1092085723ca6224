"""What a service does around the imaging: fetch, keep rooms, jobs and credits. No pixels."""
