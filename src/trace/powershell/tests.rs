//! Exports of both versions and both formats, and what is told of those that are none.

use proptest::prelude::*;

use super::*;

const STATE: PsEnum =
    PsEnum { name: "VMState", members: &[("Running", 2), ("Off", 3), ("Saved", 6)] };
const REASON: PsEnum = PsEnum {
    name: "FileSystemRedirectedIOReason",
    members: &[("NotFileSystemRedirected", 0), ("UserRequest", 1), ("FileSystemReFs", 32)],
};

/// A selection of `Get-VM` as a real host exported it.
const CLIXML: &str = include_str!("../../../tests/data/powershell/sample_1.clixml");

fn document(text: &str) -> PsDocument {
    PsDocument::read("Get-VM.json", text.as_bytes()).unwrap()
}

fn told(bytes: &[u8]) -> String {
    PsDocument::read("Get-VM.json", bytes).unwrap_err().to_string()
}

/// What `of` gives of the field `x` of one object, or the fault.
fn of<T>(
    value: &str,
    of: impl Fn(&PsItem<'_>) -> Result<Option<T>, PsFault>,
) -> Result<Option<T>, String> {
    let document = document(&format!("{{\"Name\":\"sql\",\"X\":{value}}}"));
    let item = document.items().next().unwrap();
    of(&item).map_err(|fault| fault.to_string())
}

fn state(value: &str) -> Result<Option<i64>, String> {
    of(value, |item| item.enum_of("x", &STATE))
}

#[test]
fn one_object_an_array_and_a_wrapper_are_lists() {
    let count = |text: &str| document(text).items().count();
    assert_eq!(count("{\"Name\":\"a\"}"), 1);
    assert_eq!(count("[{\"Name\":\"a\"},{\"Name\":\"b\"}]"), 2);
    assert_eq!(count("{\"value\":[{\"Name\":\"a\"},{\"Name\":\"b\"}],\"Count\":2}"), 2);
    assert_eq!(count("[]"), 0);
    assert_eq!(count("null"), 0);
    assert_eq!(count("{\"value\":[],\"Name\":\"it is no wrapper\"}"), 1);
}

#[test]
fn encodings_of_windows_are_read() {
    let text = "[{\"Name\":\"Köln\"}]\r\n";
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let marked: Vec<u8> = [0xef, 0xbb, 0xbf].into_iter().chain(text.bytes()).collect();
    for bytes in [utf16, marked, text.as_bytes().to_vec()] {
        let document = PsDocument::read("x", &bytes[..]).unwrap();
        let item = document.items().next().unwrap();
        assert_eq!(item.text("Name").unwrap().as_deref(), Some("Köln"));
    }
}

#[test]
fn enums_are_numbers_names_and_numbers_as_text() {
    for value in ["2", "\"Running\"", "\"2\"", "\"running\"", "{\"value\":2,\"Value\":\"Running\"}"]
    {
        assert_eq!(state(value), Ok(Some(2)), "{value}");
    }
    assert_eq!(state("null"), Ok(None));
    let fault = state("\"Läuft\"").unwrap_err();
    assert_eq!(
        fault,
        "Get-VM.json: [0] \"sql\".x: \"Läuft\" is no VMState (known are Running (2), Off (3), \
         Saved (6))"
    );
    assert!(state("7").unwrap_err().contains("7 is no VMState"));
    assert!(state("2.5").unwrap_err().contains("is the number 2.5, not VMState"));
    assert!(state("true").unwrap_err().contains("is true, not VMState"));
}

#[test]
fn flags_are_also_lists_of_names_and_keep_unknown_bits() {
    let flags = |value: &str| of(value, |item| item.flags_of("X", &REASON));
    assert_eq!(flags("33"), Ok(Some(33)));
    assert_eq!(flags("\"UserRequest, FileSystemReFs\""), Ok(Some(33)));
    assert_eq!(flags("\"33\""), Ok(Some(33)));
    assert_eq!(flags("4096"), Ok(Some(4096)));
    assert_eq!(flags("\"UserRequest, 64\""), Ok(Some(65)));
    assert!(flags("\"UserRequest, Backup\"").unwrap_err().contains("is no FileSystemRedirected"));
}

#[test]
fn what_the_depth_cut_off_is_told_and_never_a_value() {
    for cut in [
        "System.Object[]",
        "Microsoft.HyperV.PowerShell.VMHardDiskDrive",
        "Microsoft.FailoverClusters.PowerShell.ClusterNode",
        "@{Name=HV1; State=0}",
        "System.Collections.Hashtable",
        "Microsoft.HyperV.PowerShell.HardDiskDrive[]",
        "Deserialized.Microsoft.HyperV.PowerShell.VirtualMachine",
        "MSFT_NetAdapter (CreationClassName = \\\"MSFT_NetAdapter\\\", DeviceID = 1)",
    ] {
        for fault in [
            of(&format!("\"{cut}\""), |item| item.text("X")).unwrap_err(),
            of(&format!("\"{cut}\""), |item| item.list("X").map(|_| Some(()))).unwrap_err(),
            of(&format!("\"{cut}\""), |item| item.name_of("X")).unwrap_err(),
            state(&format!("\"{cut}\"")).unwrap_err(),
        ] {
            assert!(fault.contains("was cut off and became the text"), "{fault}");
            assert!(fault.contains("-Depth 5"), "{fault}");
        }
    }
    for whole in ["sql.contoso.com", "HV1", "C:\\x", "Microsoft", "My (VM)", "1.2.3", "System"] {
        let value = format!("\"{}\"", whole.replace('\\', "\\\\"));
        assert_eq!(of(&value, |item| item.text("X")), Ok(Some(whole.to_owned())));
    }
    assert!(told(b"[\"System.Object[]\"]").contains("-Depth 5"));
}

#[test]
fn an_owner_is_an_object_or_its_name() {
    let name = |value: &str| of(value, |item| item.name_of("X"));
    assert_eq!(name("\"HV1\""), Ok(Some("HV1".to_owned())));
    assert_eq!(name("{\"Name\":\"HV1\",\"State\":0}"), Ok(Some("HV1".to_owned())));
    assert!(name("{\"State\":0}").unwrap_err().contains("not an object with a Name"));
}

#[test]
fn numbers_flags_spans_and_dates_are_read_as_written() {
    assert_eq!(of("18446744073709551615", |i| i.bytes("X")), Ok(Some(u64::MAX)));
    assert!(of("-1", |i| i.bytes("X")).unwrap_err().contains("is negative"));
    assert!(of("1.5", |i| i.bytes("X")).unwrap_err().contains("not a whole number"));
    assert!(of("\"1\"", |i| i.bytes("X")).unwrap_err().contains("is the text \"1\""));
    assert!(of("18446744073709551615", |i| i.integer("X")).unwrap_err().contains("too large"));
    assert_eq!(of("true", |i| i.flag("X")), Ok(Some(true)));
    assert!(of("1", |i| i.flag("X")).is_err());
    assert_eq!(of("1", |i| i.switch("X")), Ok(Some(true)));
    assert_eq!(of("\"Disabled\"", |i| i.switch("X")), Ok(Some(false)));
    assert_eq!(
        of("{\"Ticks\":15000000,\"Days\":0}", |i| i.timespan_ns("X")),
        Ok(Some(1_500_000_000))
    );
    assert_eq!(of("\"00:00:01.5\"", |i| i.timespan_ns("X")), Ok(Some(1_500_000_000)));
    assert!(of("\"-00:00:01\"", |i| i.timespan_ns("X")).is_err());
    assert!(of("{\"Ticks\":9223372036854775807}", |i| i.timespan_ns("X")).is_err());
    let date = "{\"value\":\"\\/Date(1000)\\/\",\"DisplayHint\":2,\"DateTime\":\"Thursday\"}";
    assert_eq!(of(date, |i| i.date_ms("X")), Ok(Some(1000)));
    assert_eq!(of("\"1970-01-01T00:00:01Z\"", |i| i.date_ms("X")), Ok(Some(1000)));
    assert!(of("\"yesterday\"", |i| i.date_ms("X")).unwrap_err().contains("not a date"));
}

#[test]
fn a_list_of_one_may_have_lost_its_brackets() {
    let texts = |value: &str| of(value, |item| item.texts("X").map(Some)).unwrap().unwrap();
    assert_eq!(texts("[\"a\",\"b\"]"), ["a", "b"]);
    assert_eq!(texts("\"a\""), ["a"]);
    assert_eq!(texts("{\"value\":[\"a\"],\"Count\":1}"), ["a"]);
    assert!(texts("null").is_empty());
}

#[test]
fn a_real_selection_of_get_vm_is_read() {
    let document = PsDocument::read("sample_1.clixml", CLIXML.as_bytes()).unwrap();
    let items: Vec<_> = document.items().collect();
    assert_eq!(items.len(), 1);
    let vm = &items[0];
    assert_eq!(vm.text("VMName").unwrap().as_deref(), Some("IT-HELP-DVLS"));
    assert_eq!(vm.text("VMId").unwrap().as_deref(), Some("fbac8867-40ca-4032-a8e0-901c7f004cd7"));
    assert_eq!(vm.enum_of("State", &STATE).unwrap(), Some(3), "Off");
    assert_eq!(vm.timespan_ns("Uptime").unwrap(), Some(0));
    assert_eq!(vm.text("Version").unwrap().as_deref(), Some("10.0"));
    assert!(vm.get("HardDrives").unwrap().is_none());
}

const OBJECTS: &str = r#"<Objs Version="1.1.0.1"
  xmlns="http://schemas.microsoft.com/powershell/2004/04">
  <Obj RefId="0"><TN RefId="0"><T>A</T></TN><ToString>HV_x0031_</ToString>
    <Props><S N="Name">HV_x000A_1 &amp; x</S>
      <U64 N="Size">18446744073709551615</U64><B N="Up">true</B>
      <DT N="Since">1970-01-01T00:00:01.0000000Z</DT><TS N="For">PT1.5S</TS>
      <Nil N="Nothing"/></Props>
    <MS><Obj N="Drives" RefId="1"><TNRef RefId="0"/><LST><S>a</S><Ref RefId="9"/></LST></Obj>
      <Obj N="Map" RefId="2"><DCT><En><S N="Key">K</S><I32 N="Value">5</I32></En></DCT></Obj>
      <Ref N="Self" RefId="0"/></MS></Obj>
  <Ref RefId="0"/></Objs>"#;

#[test]
fn clixml_has_members_properties_lists_maps_and_references() {
    let fixed = OBJECTS
        .replace("RefId=\"9\"", "RefId=\"2\"")
        .replace("<Obj N=\"Map\" RefId=\"2\"><DCT>", "<Obj N=\"Map\" RefId=\"3\"><DCT>");
    let fault = told(fixed.as_bytes());
    assert!(fault.contains("there is no object \"2\" to refer to"), "{fault}");
    let document =
        PsDocument::read("x", OBJECTS.replace("<Ref RefId=\"9\"/>", "<S>b</S>").as_bytes());
    let document = document.unwrap();
    let items: Vec<_> = document.items().collect();
    assert_eq!(items.len(), 2, "the second is the first again");
    let item = &items[1];
    assert_eq!(item.text("name").unwrap().as_deref(), Some("HV\n1 & x"));
    assert_eq!(item.bytes("Size").unwrap(), Some(u64::MAX));
    assert_eq!(item.flag("Up").unwrap(), Some(true));
    assert_eq!(item.date_ms("Since").unwrap(), Some(1000));
    assert_eq!(item.timespan_ns("For").unwrap(), Some(1_500_000_000));
    assert_eq!(item.text("Nothing").unwrap(), None);
    assert_eq!(item.texts("Drives").unwrap(), ["a", "b"]);
    assert_eq!(item.get("Map").unwrap().unwrap().integer("K").unwrap(), Some(5));
    assert!(item.get("Self").unwrap().unwrap().get("Name").is_err(), "no way around in a ring");
}

#[test]
fn what_is_no_export_is_told_with_its_place() {
    assert!(told(b"").contains("the file is empty"));
    assert!(
        told(b"[{\"a\":1},\n{\"b\":]")
            .starts_with("Get-VM.json, line 2, column 6: this is no JSON")
    );
    assert!(told(b"[{\"a\":1}").contains("copy the whole file"));
    assert!(told(b"{\"a\":1}\n{\"a\":2}").contains("one ConvertTo-Json"));
    assert!(told(b"{\"a\":1,\"a\":2}").contains("the property \"a\" is there twice"));
    assert!(told("[".repeat(100_000).as_bytes()).contains("no export is that deep"));
    assert!(told(b"{\"a\":\xff}").contains("not UTF-8"));
    assert!(told(b"{\"a\":1,5}").contains("line 1"));
    let bomb = "<!DOCTYPE a [<!ENTITY b '&c;&c;'>]><Objs>&b;</Objs>";
    assert!(told(bomb.as_bytes()).contains("document type declaration"));
    assert!(told(b"<a/>").contains("is <a> and not <Objs>"));
    assert!(told(b"<Objs><I32>x</I32></Objs>").contains("\"x\" is not a whole number"));
    assert!(
        told(b"<Objs><Obj RefId='1'/><Obj RefId='1'/></Objs>").contains("another object \"1\"")
    );
    assert!(told("<Objs>".repeat(100_000).as_bytes()).contains("within each other"));
}

#[test]
fn chains_of_references_are_bounded() {
    let mut text = String::from("<Objs><Obj RefId=\"0\"/>");
    for n in 1..100_000 {
        let before = n - 1;
        let inner = format!("<Ref N=\"a\" RefId=\"{before}\"/>");
        text.push_str(
            &["<Obj RefId=\"", &n.to_string(), "\"><MS>", &inner, "</MS></Obj>"].concat(),
        );
    }
    text.push_str("</Objs>");
    assert!(told(text.as_bytes()).contains("more than 200 objects within each other"));
}

/// Everything an item gives, so that nothing panics; faults must print.
fn take_all(document: &PsDocument) {
    for item in document.items() {
        for field in ["Name", "State", "VMName", "Uptime", "X", "Drives", "OwnerNode", "Size"] {
            let faults = [
                item.text(field).err(),
                item.name_of(field).err(),
                item.integer(field).err(),
                item.bytes(field).err(),
                item.flag(field).err(),
                item.switch(field).err(),
                item.enum_of(field, &STATE).err(),
                item.flags_of(field, &REASON).err(),
                item.timespan_ns(field).err(),
                item.date_ms(field).err(),
                item.texts(field).err(),
            ];
            for fault in faults.into_iter().flatten() {
                assert!(fault.to_string().contains(": "));
            }
        }
    }
}

const VMS: &str = r#"[{"Name":"sql 1","State":2,"Uptime":{"Ticks":5,"Days":0},
        "OwnerNode":{"Name":"HV1"},
 "Drives":[{"Path":"C:\\ClusterStorage\\Volume1\\a.vhdx"}],"Size":1099511627776},
 {"Name":"Köln","State":"Off","Uptime":"00:00:00","OwnerNode":"HV2","Drives":"System.Object[]"}]"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(document) = PsDocument::read("t", &bytes[..]) {
            take_all(&document);
        }
    }

    #[test]
    fn mutated_exports_never_panic_and_faults_print(
        which in 0_usize..3,
        edits in prop::collection::vec((any::<usize>(), any::<u8>()), 0..6),
        splice in (any::<usize>(), any::<usize>(), any::<usize>()),
        cut in prop::option::of(any::<usize>()),
    ) {
        let mut bytes = [CLIXML, OBJECTS, VMS][which].as_bytes().to_vec();
        for (at, byte) in edits {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        // A piece of the file again at another place.
        let within = |at: usize| at % bytes.len();
        let (from, to, at) = (within(splice.0), within(splice.1), within(splice.2));
        if from < to && to - from < 60 {
            let piece = bytes[from..to].to_vec();
            bytes.splice(at..at, piece);
        }
        if let Some(cut) = cut {
            let end = cut % bytes.len();
            bytes.truncate(end);
        }
        match PsDocument::read("t", &bytes[..]) {
            Ok(document) => take_all(&document),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
