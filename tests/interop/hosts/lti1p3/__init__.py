"""A host on the library lti1p3platform, which keeps everything in memory."""
