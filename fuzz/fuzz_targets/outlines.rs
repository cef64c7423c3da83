#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| vectorgate_fuzz::targets::outlines(input));
