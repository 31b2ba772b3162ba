//! Migrations are part of the binary, so a new file causes the crate to be compiled again.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
