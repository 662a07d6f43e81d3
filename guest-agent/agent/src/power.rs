//! Ends the guest.

/// Ends the machine at once. Without ACPI nothing can cut the power, so the guest resets; the hypervisor is configured
/// to exit then.
pub fn off() -> ! {
    // SAFETY: takes no pointers.
    unsafe { libc::reboot(libc::RB_AUTOBOOT) };
    // Only PID 1 of a machine may reboot. In development, ending the process has the same effect.
    std::process::exit(0)
}

/// Logs a fatal error on the console and ends the guest.
pub fn fail(why: &str) -> ! {
    eprintln!("boxlite-agent: {why}");
    if std::process::id() == 1 {
        off();
    }
    std::process::exit(1)
}

/// Makes a panic of the agent end the guest: no response is better than a wrong one.
pub fn off_on_panic() {
    std::panic::set_hook(Box::new(|panic| fail(&format!("{panic}"))));
}
