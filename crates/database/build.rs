//! Migrations are in the binary: a new file compiles the crate anew.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
