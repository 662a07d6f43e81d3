//! The end of the guest.

/// Ends the machine at once. There is no ACPI that could cut the power: the guest resets, which its hypervisor is told
/// to take for the end.
pub fn off() -> ! {
    // SAFETY: takes no pointers.
    unsafe { libc::reboot(libc::RB_AUTOBOOT) };
    // Only PID 1 of a machine may do so. Elsewhere, in development, ending the process is the same.
    std::process::exit(0)
}

/// Says on the console why the guest ends, and ends it.
pub fn fail(why: &str) -> ! {
    eprintln!("boxlite-agent: {why}");
    if std::process::id() == 1 {
        off();
    }
    std::process::exit(1)
}

/// A panic of the agent is the end of the guest: better no answer than a wrong one.
pub fn off_on_panic() {
    std::panic::set_hook(Box::new(|panic| fail(&format!("{panic}"))));
}
