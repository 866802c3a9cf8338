//! Target: the object that a user means by `NAME`, `KIND/NAME`, `KIND NAME` or `@latest`.

use futures::future::join_all;
use jobflow_core::text::named;

use super::fault::{Fault, Result};
use super::kinds::{self, RUNNABLE, Resource};
use super::session::Session;
use super::view::View;

/// What stands for the newest object.
pub const LATEST: &str = "@latest";

/// What a user wrote for an object.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its kind, where it was told.
    pub resource: Option<&'static Resource>,
    /// Its name, or [`LATEST`].
    pub name: &'a str,
}

impl<'a> Target<'a> {
    /// Reads `NAME` or `KIND/NAME`.
    pub fn parse(word: &'a str) -> Result<Self> {
        let (resource, name) = match word.split_once('/') {
            Some((kind, name)) => (Some(kind_named(kind)?), name),
            None => (None, word),
        };
        if name.is_empty() || name.contains('/') {
            return Err(Fault::usage(format!(
                "{} names no object: write NAME or KIND/NAME, such as jobflow/nightly",
                named(word)
            )));
        }
        Ok(Self { resource, name })
    }

    /// Reads the words of a command: `NAME`, `KIND/NAME` or `KIND NAME`.
    pub fn parse_one(words: &'a [String]) -> Result<Self> {
        match words {
            [word] => Self::parse(word),
            [kind, name] if !kind.contains('/') && !name.contains('/') => Ok(Self {
                resource: Some(kind_named(kind)?),
                name,
            }),
            _ => Err(Fault::usage(
                "name one object: NAME or KIND/NAME, such as jobflow/nightly, or @latest",
            )),
        }
    }
}

/// The kind that a word means.
pub fn kind_named(word: &str) -> Result<&'static Resource> {
    Resource::named(word).ok_or_else(|| {
        Fault::usage(format!(
            "{} is no kind of jobflow: there are {}",
            named(word),
            kinds::words()
        ))
    })
}

impl Session {
    /// Finds the object.
    pub async fn find(&self, target: Target<'_>) -> Result<View> {
        if target.name == LATEST {
            return self.latest(target.resource).await;
        }
        let Some(resource) = target.resource else {
            return one_of(
                self.get_any(&RUNNABLE, target.name).await?,
                target.name,
                &self.namespace,
            );
        };
        let found = self.get(resource, target.name).await?;
        found.ok_or_else(|| missing(resource.singular, target.name, &self.namespace))
    }

    /// The object that was created last.
    async fn latest(&self, resource: Option<&'static Resource>) -> Result<View> {
        let resources: Vec<&'static Resource> = resource.map_or_else(|| RUNNABLE.iter().collect(), |one| vec![one]);
        let lists = join_all(resources.iter().map(|resource| self.list(resource, false, None))).await;
        let mut newest: Option<View> = None;
        for view in lists.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten() {
            let created = |view: &View| view.time("/metadata/creationTimestamp");
            if newest.as_ref().is_none_or(|newest| created(newest) < created(&view)) {
                newest = Some(view);
            }
        }
        let what = resource.map_or("object of jobflow", |resource| resource.singular);
        newest.ok_or_else(|| {
            Fault::unknown(format!(
                "there is no {what} in the namespace '{}': choose another one with -n",
                self.namespace
            ))
        })
    }
}

/// The one object of a name, of whatever kind.
fn one_of(mut found: Vec<View>, name: &str, namespace: &str) -> Result<View> {
    if found.len() > 1 {
        let titles: Vec<String> = found.iter().map(View::title).collect();
        return Err(Fault::usage(format!(
            "{} is ambiguous: say which of {}",
            named(name),
            titles.join(" and ")
        )));
    }
    found
        .pop()
        .ok_or_else(|| missing("jobflow, daemonjob, managedjob or sequentialjob", name, namespace))
}

fn missing(what: &str, name: &str, namespace: &str) -> Fault {
    Fault::unknown(format!(
        "there is no {what} named {} in the namespace '{namespace}': `{} get -A` lists what there is",
        named(name),
        super::program()
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::kinds::Resource;
    use super::super::view::View;
    use super::{Target, one_of};

    fn parsed(words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        match Target::parse_one(&words) {
            Ok(target) => format!("{:?} {}", target.resource.map(|kind| kind.singular), target.name),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn every_form_of_a_name_is_understood() {
        assert_eq!(parsed(&["nightly"]), "None nightly");
        assert_eq!(parsed(&["jf/nightly"]), "Some(\"jobflow\") nightly");
        assert_eq!(parsed(&["sj", "s"]), "Some(\"sequentialjob\") s");
        assert_eq!(parsed(&["dj/@latest"]), "Some(\"daemonjob\") @latest");
    }

    #[test]
    fn what_is_no_name_says_what_one_looks_like() {
        assert_eq!(
            parsed(&["pod/x"]),
            "'pod' is no kind of jobflow: there are jobflow (jf), daemonjob (dj, djob), managedjob (mj), sequentialjob \
             (sj), jobtemplate (jt)"
        );
        assert_eq!(
            parsed(&["jf/"]),
            "'jf/' names no object: write NAME or KIND/NAME, such as jobflow/nightly"
        );
        assert_eq!(
            parsed(&["jf", "a", "b"]),
            "name one object: NAME or KIND/NAME, such as jobflow/nightly, or @latest"
        );
    }

    #[test]
    fn a_name_that_two_kinds_have_is_asked_about() {
        let view = |kind| View::of(Resource::named(kind).unwrap(), json!({"metadata": {"name": "x"}}));
        let fault = one_of(vec![view("jf"), view("mj")], "x", "default").unwrap_err();
        assert_eq!(
            fault.to_string(),
            "'x' is ambiguous: say which of jobflow/x and managedjob/x"
        );
    }
}
