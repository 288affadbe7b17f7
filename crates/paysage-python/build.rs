//! The linker of macOS is told that the symbols of Python are those of the interpreter.

fn main() {
    pyo3_build_config::add_extension_module_link_args();
}
