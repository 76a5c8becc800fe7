//! Gives up everything that a decoder does not need, for ever. Does what the kernel can, and says
//! what that was.

use crate::protection::Protection;

/// Enters the sandbox. Nothing is to be opened or started afterwards.
pub(crate) fn enter() -> Protection {
    #[cfg(target_os = "linux")]
    {
        // Landlock first: the filter of system calls would not let it through.
        let files = linux::give_up_files();
        let system_calls = linux::give_up_system_calls().is_some();
        Protection { system_calls, files }
    }
    #[cfg(not(target_os = "linux"))]
    Protection::default()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;

    use landlock::{
        ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, Ruleset,
        RulesetAttr as _, RulesetStatus, Scope,
    };
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };

    /// System calls that are allowed whatever their arguments are: for the pipes, which are open
    /// already, for memory, for the time, and for the end.
    const ALLOWED: [i64; 20] = [
        libc::SYS_brk,
        libc::SYS_clock_gettime,
        libc::SYS_close,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_futex,
        libc::SYS_getpid,
        libc::SYS_getrandom,
        libc::SYS_gettid,
        libc::SYS_madvise,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_read,
        libc::SYS_restart_syscall,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_sched_yield,
        libc::SYS_write,
    ];

    /// Denies access to every file and to the network. `false` if the kernel has no Landlock.
    pub(super) fn give_up_files() -> bool {
        let denied = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(ABI::V6))
            .and_then(|rules| rules.handle_access(AccessNet::from_all(ABI::V6)))
            .and_then(|rules| rules.scope(Scope::from_all(ABI::V6)))
            .and_then(Ruleset::create)
            .and_then(landlock::RulesetCreated::restrict_self);
        denied.is_ok_and(|denied| denied.ruleset != RulesetStatus::NotEnforced)
    }

    /// From now on, any other system call ends the process. `None` if the kernel has no seccomp.
    pub(super) fn give_up_system_calls() -> Option<()> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
            ALLOWED.into_iter().map(|call| (call, Vec::new())).collect();
        // Memory is never executable.
        let executable = u64::try_from(libc::PROT_EXEC).ok()?;
        for call in [libc::SYS_mmap, libc::SYS_mprotect] {
            rules.insert(call, vec![only(2, SeccompCmpOp::MaskedEq(executable), 0)?]);
        }
        // A process that aborts sends a signal to itself.
        let own = u64::from(std::process::id());
        rules.insert(libc::SYS_tgkill, vec![only(0, SeccompCmpOp::Eq, own)?]);
        let architecture = std::env::consts::ARCH.try_into().ok()?;
        let (other, listed) = (SeccompAction::KillProcess, SeccompAction::Allow);
        let filter = SeccompFilter::new(rules, other, listed, architecture).ok()?;
        let program: BpfProgram = filter.try_into().ok()?;
        seccompiler::apply_filter(&program).ok()
    }

    /// Allows a call if an argument is right.
    fn only(argument: u8, comparison: SeccompCmpOp, value: u64) -> Option<SeccompRule> {
        let length = SeccompCmpArgLen::Dword;
        let condition = SeccompCondition::new(argument, length, comparison, value).ok()?;
        SeccompRule::new(vec![condition]).ok()
    }
}
