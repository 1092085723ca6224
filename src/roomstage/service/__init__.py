"""What a service does around the imaging: fetch pictures, keep rooms. It knows no pixels."""
