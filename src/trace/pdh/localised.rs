//! Objects as systems in other languages call them.
//!
//! Windows names counters in the language of the system that logs. A log in another language is
//! refused rather than translated: the names of one language differ from version to version. Known
//! are the names that tell a language surely; of everything else, what is not English is not found.

/// Name in another language, and the English one.
const NAMES: [(&str, &str); 38] = [
    ("Prozessor", "Processor"),
    ("Processeur", "Processor"),
    ("Procesador", "Processor"),
    ("Processore", "Processor"),
    ("Processador", "Processor"),
    ("Procesor", "Processor"),
    ("Процессор", "Processor"),
    ("Prozessorinformationen", "Processor Information"),
    ("Informations sur le processeur", "Processor Information"),
    ("Información del procesador", "Processor Information"),
    ("Informazioni processore", "Processor Information"),
    ("Informações do processador", "Processor Information"),
    ("Сведения о процессоре", "Processor Information"),
    ("Netzwerkschnittstelle", "Network Interface"),
    ("Netzwerkadapter", "Network Adapter"),
    ("Interface réseau", "Network Interface"),
    ("Interfaz de red", "Network Interface"),
    ("Interfaccia di rete", "Network Interface"),
    ("Interface de rede", "Network Interface"),
    ("Netwerkinterface", "Network Interface"),
    ("Сетевой интерфейс", "Network Interface"),
    ("Physikalischer Datenträger", "PhysicalDisk"),
    ("Physischer Datenträger", "PhysicalDisk"),
    ("Disque physique", "PhysicalDisk"),
    ("Disco físico", "PhysicalDisk"),
    ("Disco fisico", "PhysicalDisk"),
    ("Fysieke schijf", "PhysicalDisk"),
    ("Физический диск", "PhysicalDisk"),
    ("Logischer Datenträger", "LogicalDisk"),
    ("Disque logique", "LogicalDisk"),
    ("Disco lógico", "LogicalDisk"),
    ("Disco logico", "LogicalDisk"),
    ("Arbeitsspeicher", "Memory"),
    ("Mémoire", "Memory"),
    ("Memoria", "Memory"),
    ("Memória", "Memory"),
    ("Hyper-V Hypervisor: logischer Prozessor", "Hyper-V Hypervisor Logical Processor"),
    ("Auslagerungsdatei", "Paging File"),
];

/// The English name of an object that is named in another language.
pub(super) fn english(object: &str) -> Option<&'static str> {
    let object = object.to_lowercase();
    NAMES.iter().find(|(other, _)| other.to_lowercase() == object).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_other_languages_are_known() {
        assert_eq!(english("prozessor"), Some("Processor"));
        assert_eq!(english("INTERFACE RÉSEAU"), Some("Network Interface"));
        for object in crate::counters::Object::ALL {
            assert_eq!(english(object.name()), None);
        }
    }
}
