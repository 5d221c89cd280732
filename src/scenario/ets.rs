//! `ets` of a network: shares of its traffic classes, or the word for a customary set of them.

use super::document::Reader;
use crate::topology::TrafficClass;
use crate::units::Ratio;

/// The class of traffic that names none.
const DEFAULT: &str = "default";
/// Classes that Windows knows: the default and seven more.
const MOST_CLASSES: usize = 8;
/// The planning table of Azure Stack HCI by name.
const PLANNED: &str = "azure-stack-hci";

/// What a network says of its classes.
pub(super) enum Shares {
    /// Nothing: all traffic is alike.
    None,
    /// These.
    Stated(Vec<TrafficClass>),
    /// Half for SMB, one in a hundred for the cluster, two up to 10 Gbit/s.
    Planned,
}

impl Shares {
    /// The classes, at ports of 10 Gbit/s or less, or at faster ones.
    pub(super) fn classes(&self, slow: bool) -> Vec<TrafficClass> {
        let class = |name: &str, percent| TrafficClass { name: name.to_owned(), percent };
        match self {
            Self::None => Vec::new(),
            Self::Stated(classes) => classes.clone(),
            Self::Planned => {
                let cluster = if slow { 2 } else { 1 };
                vec![class("cluster", cluster), class(DEFAULT, 50 - cluster), class("smb", 50)]
            }
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_, '_>) -> Shares {
    if reader.raw("ets").is_some_and(|node| node.as_str().is_some()) {
        return match reader.choice("ets", &[(PLANNED, ())]) {
            Some(()) => Shares::Planned,
            None => Shares::None,
        };
    }
    let classes = reader.table("ets", |reader| {
        let mut classes = Vec::new();
        for name in reader.keys() {
            let Some(share) = reader.optional::<Ratio>(name) else { continue };
            let percent = 100.0 * share.fraction();
            if !(1.0..=100.0).contains(&percent) || (percent - percent.round()).abs() > 1e-9 {
                let help = "write \"1 %\" to \"100 %\", in whole percent".to_owned();
                reader.fault_at(name, "is no share of a traffic class", Some(help));
                continue;
            }
            let name = name.trim().to_lowercase();
            classes.push(TrafficClass { name, percent: percent.round() as u32 });
        }
        let sum: u32 = classes.iter().map(|class| class.percent).sum();
        let rest = !classes.iter().any(|class| class.name == DEFAULT);
        if sum > 100 {
            reader.fault(format!("the shares of the classes make {sum} %"), None);
        } else if rest && sum == 100 {
            let help = "leave something for the class `default`".to_owned();
            reader.fault("nothing is left for traffic of no class", Some(help));
        } else if rest {
            classes.push(TrafficClass { name: DEFAULT.to_owned(), percent: 100 - sum });
        }
        if classes.len() > MOST_CLASSES {
            reader.fault(format!("there are at most {MOST_CLASSES} classes, `default` too"), None);
        }
        classes.sort_by(|a, b| a.name.cmp(&b.name));
        classes
    });
    classes.map_or(Shares::None, Shares::Stated)
}
