//! The workbook opened again.
