"""Tests in real Chromium."""
