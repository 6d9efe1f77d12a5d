//! What a round of probes makes known, where the answer is all there is to it.
//!
//! Owns the rule: what was read is known; what could not be read this time stays known; what was not understood is not. Must
//! not know what follows from an answer. Cannot fail.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::game::{Read, Sample, Setting, Snapshot, Unread};

/// Takes in the answers that mean nothing beyond themselves.
pub(super) fn note_all(known: &mut Snapshot, sample: &Sample) {
    note(&mut known.evolution, &sample.evolution);
    note(&mut known.version, &sample.version);
    note(&mut known.seed, &sample.seed);
    note(&mut known.admins, &sample.admins);
    note_list(&mut known.bans, &sample.bans);
    note_list(&mut known.whitelist, &sample.whitelist);
    for setting in sample.settings.iter().flatten() {
        if setting.key == "name" {
            known.server_name.clone_from(&setting.value);
        }
        note_setting(&mut known.settings, setting);
    }
}

fn note<T: Clone>(known: &mut Option<T>, read: &Read<T>) {
    match read {
        Ok(value) => *known = Some(value.clone()),
        Err(Unread::NotAsked | Unread::NoAnswer) => {}
        Err(Unread::Unsupported | Unread::NotUnderstood(_)) => *known = None,
    }
}

/// A long list is copied when it changed, not with every picture of the server.
fn note_list(known: &mut Option<Arc<[String]>>, read: &Read<Vec<String>>) {
    match read {
        Ok(names) if known.as_deref() == Some(names) => {}
        Ok(names) => *known = Some(names.as_slice().into()),
        Err(Unread::NotAsked | Unread::NoAnswer) => {}
        Err(Unread::Unsupported | Unread::NotUnderstood(_)) => *known = None,
    }
}

fn note_setting(known: &mut Arc<BTreeMap<String, String>>, setting: &Setting) {
    if known.get(&setting.key) == setting.value.as_ref() {
        return;
    }
    let known = Arc::make_mut(known);
    match &setting.value {
        Some(value) => drop(known.insert(setting.key.clone(), value.clone())),
        None => drop(known.remove(&setting.key)),
    }
}
