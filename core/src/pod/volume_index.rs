//! Volumes by name.

use std::collections::HashMap;

use k8s_openapi::api::core::v1::Volume;

/// Volumes by name, of one list. Of two with one name the first counts.
#[derive(Clone, Debug, Default)]
pub struct VolumeIndex<'a> {
    volumes: &'a [Volume],
    positions: HashMap<&'a str, usize>,
}

/// Fewer volumes are found faster by looking at each, and without a map of them.
const SCANNED_MAX: usize = 8;

impl<'a> VolumeIndex<'a> {
    /// The index of these volumes.
    pub fn new(volumes: &'a [Volume]) -> Self {
        let mut positions = HashMap::new();
        if volumes.len() > SCANNED_MAX {
            for (position, volume) in volumes.iter().enumerate() {
                positions.entry(volume.name.as_str()).or_insert(position);
            }
        }
        Self { volumes, positions }
    }

    /// The volume with this name.
    pub fn get(&self, name: &str) -> Option<&'a Volume> {
        if self.volumes.len() > SCANNED_MAX {
            return self.volumes.get(*self.positions.get(name)?);
        }
        self.volumes.iter().find(|volume| volume.name == name)
    }

    /// All names, in the order of the list.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.volumes.iter().map(|volume| volume.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Volume;

    use super::VolumeIndex;

    #[test]
    fn the_first_of_a_name_is_found_in_a_short_list_and_in_a_long_one() {
        for count in [2, 20] {
            let volume = |n: usize| Volume {
                name: format!("v{}", n % (count - 1)),
                ..Volume::default()
            };
            let volumes: Vec<Volume> = (0..count).map(volume).collect();
            let index = VolumeIndex::new(&volumes);
            assert!(std::ptr::eq(index.get("v0").unwrap(), &volumes[0]));
            assert!(index.get("other").is_none());
            assert_eq!(index.names().count(), count);
        }
    }
}
