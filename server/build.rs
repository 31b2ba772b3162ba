//! The web app is embedded in the binary, so a new build of the app triggers a new build of the server.

fn main() {
    println!("cargo:rerun-if-changed=../web/dist");
    println!("cargo:rerun-if-changed=build.rs");
}
