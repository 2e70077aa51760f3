"""Read question banks of other systems, and write them: values in, values out."""
