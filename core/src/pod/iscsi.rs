//! Names in iSCSI.

/// The three forms of names in iSCSI: `iqn.2001-04.com.example:disk`, `eui.` and `naa.` with hexadecimal digits.
pub(super) fn iscsi_name_fault(name: &str) -> Option<String> {
    let has_form = if let Some(rest) = name.strip_prefix("iqn") {
        is_iqn(rest)
    } else if name.starts_with("eui") {
        has_alphanumerics(name, 16)
    } else if name.starts_with("naa") {
        has_alphanumerics(name, 32)
    } else {
        return Some("must start with 'iqn', 'eui' or 'naa'".to_owned());
    };
    (!has_form).then(|| "must have the form 'iqn.2001-04.com.example:disk', 'eui.' or 'naa.'".to_owned())
}

/// `.2001-04.com.example:disk`, as `iscsiInitiatorIqnRegex` has it.
fn is_iqn(rest: &str) -> bool {
    let Some((authority, disk)) = rest.strip_prefix('.').and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let Some((date, domain)) = authority.split_once('.') else {
        return false;
    };
    let is_date = date.len() == 7
        && date.bytes().enumerate().all(|(place, byte)| {
            if place == 4 {
                byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        });
    let is_domain = !domain.is_empty()
        && domain
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    is_date && is_domain && !disk.is_empty() && !disk.contains([',', ';', '*', '&', '$', '|', ' ', '\t', '\n'])
}

/// `eui`, any character, and so many letters and digits.
fn has_alphanumerics(name: &str, count: usize) -> bool {
    name.get(4..)
        .is_some_and(|rest| rest.len() == count && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::iscsi_name_fault;

    #[test]
    fn names_of_iscsi_have_three_forms() {
        for good in [
            "iqn.2001-04.com.example:disk",
            "eui.0123456789abcdef",
            "naa.0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(iscsi_name_fault(good), None, "{good}");
        }
        for bad in ["iqn.2001.com:disk", "iqn.2001-04.com", "eui.1", "naa.1", "disk"] {
            assert!(iscsi_name_fault(bad).is_some(), "{bad}");
        }
    }
}
