#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| birdhouse_fuzz_targets::alt_text_lint(bytes));
