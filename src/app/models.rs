//! What is in the catalogue.

use super::AppError;
use crate::report::{ModelReport, ModelRow, ModelsReport, NumberRow};
use crate::scenario::{Catalogue, Family, Model};

/// Names of the families, and `profiles`.
fn families() -> Vec<&'static str> {
    Family::ALL.into_iter().map(Family::name).chain([PROFILES]).collect()
}

const PROFILES: &str = "profiles";

/// Everything in the catalogue, or one family of it.
///
/// # Errors
/// When there is no such family.
pub fn models(family: Option<&str>) -> Result<ModelsReport, AppError> {
    let catalogue = Catalogue::builtin()?;
    let wanted = family.map(|name| name.trim().to_lowercase());
    if let Some(name) = wanted.as_ref().filter(|name| !families().contains(&name.as_str())) {
        return Err(AppError::WhichFamily { given: name.clone(), known: families() });
    }
    let asked = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);
    let mut rows = Vec::new();
    for family in Family::ALL.into_iter().filter(|family| asked(family.name())) {
        for name in catalogue.names(family) {
            let Some((_, model)) = catalogue.model(family, name) else { continue };
            rows.push(row(family.name(), name, model));
        }
    }
    for name in catalogue.profile_names().filter(|_| asked(PROFILES)) {
        let Some(profile) = catalogue.profile(name) else { continue };
        rows.push(ModelRow {
            family: PROFILES.to_owned(),
            name: name.to_owned(),
            title: profile.title.clone(),
            what: profile.lines.join("; "),
        });
    }
    Ok(ModelsReport::new(rows))
}

fn row(family: &str, name: &str, model: &Model) -> ModelRow {
    let words = model.words.iter().map(|(field, word)| format!("{field} {word}"));
    ModelRow {
        family: family.to_owned(),
        name: name.to_owned(),
        title: model.title.clone(),
        what: words.collect::<Vec<_>>().join(", "),
    }
}

/// One member of the catalogue with every number and its source.
///
/// # Errors
/// When there is none of this name.
pub fn model(name: &str) -> Result<ModelReport, AppError> {
    let catalogue = Catalogue::builtin()?;
    for family in Family::ALL {
        let Some((name, model)) = catalogue.model(family, name) else { continue };
        return Ok(ModelReport::new(
            row(family.name(), name, model),
            model.link.clone(),
            model.note.clone(),
            model.numbers.iter().map(NumberRow::from).collect(),
        ));
    }
    if let Some(profile) = catalogue.profile(name) {
        let row = ModelRow {
            family: PROFILES.to_owned(),
            name: name.trim().to_lowercase(),
            title: profile.title.clone(),
            what: profile.lines.join("; "),
        };
        return Ok(ModelReport::new(row, profile.link.clone(), profile.note.clone(), Vec::new()));
    }
    let all = Family::ALL.into_iter().flat_map(|family| catalogue.names(family));
    let near = crate::diagnostic::suggest(name, all.chain(catalogue.profile_names()));
    Err(AppError::WhichModel { given: name.to_owned(), near: near.map(str::to_owned) })
}
