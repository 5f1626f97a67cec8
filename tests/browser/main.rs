//! The built page, end to end in headless Chromium.
