//! A wasm module, read: its sections by index, and what each function body uses.

use super::rules::plain;
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasmparser::{
    CompositeInnerType, Data, Element, ElementKind, Export, ExternalKind, FuncType, FunctionBody, Global,
    Import, KnownCustom, MemoryType, Name, Parser, Payload, Table, TypeRef, ValType,
};

/// A core module; everything is an index into the original bytes.
pub(crate) struct Module<'a> {
    pub(crate) types: Vec<FuncType>,
    pub(crate) imports: Vec<Import<'a>>,
    /// Type of every function, imported ones first.
    pub(crate) functions: Vec<u32>,
    pub(crate) tables: Vec<Table<'a>>,
    pub(crate) memories: Vec<MemoryType>,
    pub(crate) globals: Vec<Global<'a>>,
    pub(crate) exports: Vec<Export<'a>>,
    pub(crate) start: Option<u32>,
    pub(crate) elements: Vec<Element<'a>>,
    /// Of the functions that are not imported.
    pub(crate) bodies: Vec<FunctionBody<'a>>,
    pub(crate) data: Vec<Data<'a>>,
    pub(crate) counts_data: bool,
    /// From the name section; functions without a name have none.
    pub(crate) names: BTreeMap<u32, &'a str>,
}

impl<'a> Module<'a> {
    /// Reads a module.
    ///
    /// # Errors
    /// It is damaged, or has what neither rustc nor wasm-bindgen writes.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let mut module = Self {
            types: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            exports: Vec::new(),
            start: None,
            elements: Vec::new(),
            bodies: Vec::new(),
            data: Vec::new(),
            counts_data: false,
            names: BTreeMap::new(),
        };
        for payload in Parser::new(0).parse_all(bytes) {
            module.take(payload.map_err(damaged)?)?;
        }
        let imported = module.functions.len() - module.bodies.len();
        let named = module.imports.iter().filter(|import| matches!(import.ty, TypeRef::Func(_))).count();
        if imported != named {
            return Err(format!("{} functions but {} bodies", module.functions.len(), module.bodies.len()));
        }
        Ok(module)
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<(), String> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for ty in group.map_err(damaged)?.into_types() {
                        let CompositeInnerType::Func(ty) = ty.composite_type.inner else {
                            return Err("a type that is not a function's".to_owned());
                        };
                        self.types.push(ty);
                    }
                }
            }
            Payload::ImportSection(section) => {
                self.imports = all(section.into_imports())?;
                for import in &self.imports {
                    match import.ty {
                        TypeRef::Func(ty) => self.functions.push(ty),
                        other => {
                            return Err(format!("imports {}.{}: {other:?}", import.module, import.name));
                        }
                    }
                }
            }
            Payload::FunctionSection(section) => self.functions.extend(all(section)?),
            Payload::TableSection(section) => self.tables = all(section)?,
            Payload::MemorySection(section) => self.memories = all(section)?,
            Payload::GlobalSection(section) => self.globals = all(section)?,
            Payload::ExportSection(section) => self.exports = all(section)?,
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => self.elements = all(section)?,
            Payload::DataCountSection { .. } => self.counts_data = true,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(section) => self.data = all(section)?,
            Payload::TagSection(_) => return Err("exception tags".to_owned()),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    for part in names {
                        if let Name::Function(map) = part.map_err(damaged)? {
                            for naming in map {
                                let naming = naming.map_err(damaged)?;
                                self.names.insert(naming.index, naming.name);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// New names for imports whose name ends in a hash, in order; [`super::glue`] renames them too.
    pub(crate) fn renamed(&self) -> Vec<Option<String>> {
        let hashed = |name: &str| {
            let hash = name.rsplit_once('_').map_or("", |(_, hash)| hash);
            hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let named = self.imports.iter().enumerate();
        named.map(|(place, import)| hashed(import.name).then(|| format!("i{place}"))).collect()
    }

    /// How many functions are imported: the first ones.
    pub(crate) fn imported(&self) -> usize {
        self.functions.len() - self.bodies.len()
    }

    /// The body of a function that is not imported.
    pub(crate) fn body(&self, function: usize) -> Option<&FunctionBody<'a>> {
        self.bodies.get(function.checked_sub(self.imported())?)
    }

    /// A function's name for the rules: its path, and last its signature, which tells most of the
    /// instances of a generic function apart.
    pub(crate) fn path(&self, function: u32) -> Option<String> {
        let ty = &self.types[self.functions[function as usize] as usize];
        let list = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let name = plain(self.names.get(&function)?);
        Some(format!("{name}::({})({})", list(ty.params()), list(ty.results())))
    }

    /// What each function uses; nothing for imported ones.
    ///
    /// # Errors
    /// A body is damaged.
    pub(crate) fn uses(&self) -> Result<Vec<Uses>, String> {
        let mut uses = vec![Uses::default(); self.imported()];
        for body in &self.bodies {
            let mut spy = Uses::default();
            spy.parse_function_body(&mut wasm_encoder::CodeSection::new(), body.clone()).map_err(spied)?;
            uses.push(spy);
        }
        Ok(uses)
    }

    /// Functions that are reached from outside or through a table.
    ///
    /// # Errors
    /// An element segment is damaged.
    pub(crate) fn roots(&self) -> Result<BTreeSet<u32>, String> {
        let mut spy = Uses::default();
        // A declaration alone reaches nothing.
        for element in self.elements.iter().filter(|of| !matches!(of.kind, ElementKind::Declared)) {
            spy.element_items(element.items.clone()).map_err(spied)?;
        }
        for global in &self.globals {
            spy.const_expr(global.init_expr.clone()).map_err(spied)?;
        }
        let exported = self.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        spy.functions.extend(exported.map(|export| export.index).chain(self.start));
        Ok(spy.functions)
    }
}

/// What a function body uses, by index. As a re-encoder it changes nothing and notes everything, so
/// no instruction can be forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uses {
    pub(crate) functions: BTreeSet<u32>,
    /// Those whose reference is taken (`ref.func`), not through a table.
    pub(crate) by_reference: BTreeSet<u32>,
    pub(crate) tables: BTreeSet<u32>,
    pub(crate) globals: BTreeSet<u32>,
    /// Names a data or element segment: these stay in the first part, and so must the function.
    pub(crate) segments: bool,
}

impl Reencode for Uses {
    type Error = String;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<String>> {
        self.functions.insert(function);
        Ok(function)
    }

    fn table_index(&mut self, table: u32) -> Result<u32, Error<String>> {
        self.tables.insert(table);
        Ok(table)
    }

    fn global_index(&mut self, global: u32) -> Result<u32, Error<String>> {
        self.globals.insert(global);
        Ok(global)
    }

    fn data_index(&mut self, data: u32) -> Result<u32, Error<String>> {
        self.segments = true;
        Ok(data)
    }

    fn element_index(&mut self, element: u32) -> Result<u32, Error<String>> {
        self.segments = true;
        Ok(element)
    }

    fn instruction<'a>(
        &mut self,
        instruction: wasmparser::Operator<'a>,
    ) -> Result<wasm_encoder::Instruction<'a>, Error<String>> {
        if let wasmparser::Operator::RefFunc { function_index } = instruction {
            self.by_reference.insert(function_index);
        }
        utils::instruction(self, instruction)
    }
}

fn all<T, E: std::fmt::Display>(items: impl IntoIterator<Item = Result<T, E>>) -> Result<Vec<T>, String> {
    items.into_iter().collect::<Result<_, _>>().map_err(damaged)
}

fn damaged(error: impl std::fmt::Display) -> String {
    format!("not a module that can be read: {error}")
}

fn spied(error: Error<String>) -> String {
    damaged(error)
}
