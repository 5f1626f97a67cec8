//! The two parts, and a copy of the whole that notes what was called.

use super::module::{Module, Uses};
use super::plan::Plan;
use std::collections::BTreeSet;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction,
    MemorySection, RefType, StartSection, TableSection, TableType, TypeSection, ValType,
};
use wasmparser::{ElementKind, ExternalKind, Import, TypeRef};

/// Import namespace of [`LOAD`], and of what the second part gets from the first. No name that
/// wasm-bindgen writes looks like it.
pub(crate) const LINK: &str = "~";
/// `(slot: i32) -> ()`: brings the second part, at once.
pub(crate) const LOAD: &str = "load";
/// Export of a counted module: this, and a function's index.
pub(crate) const CALLED: &str = "~called";

/// Where an index of the original module went.
struct Moved {
    functions: Vec<Option<u32>>,
    tables: Vec<Option<u32>>,
    globals: Vec<Option<u32>>,
}

impl Reencode for Moved {
    type Error = String;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<String>> {
        found(&self.functions, function, "function")
    }

    fn table_index(&mut self, table: u32) -> Result<u32, Error<String>> {
        found(&self.tables, table, "table")
    }

    fn global_index(&mut self, global: u32) -> Result<u32, Error<String>> {
        found(&self.globals, global, "global")
    }
}

fn found(moved: &[Option<u32>], index: u32, what: &str) -> Result<u32, Error<String>> {
    let place = moved.get(index as usize).copied().flatten();
    place.ok_or_else(|| Error::UserError(format!("{what} {index} is used and was left out")))
}

fn same(count: usize) -> Vec<Option<u32>> {
    (0..count as u32).map(Some).collect()
}

/// Sections being filled; the order in [`Sections::finish`] is the format's.
#[derive(Default)]
struct Sections {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
    start: Option<u32>,
    elements: ElementSection,
    data_count: Option<u32>,
    code: CodeSection,
    data: DataSection,
}

impl Sections {
    fn finish(self) -> Vec<u8> {
        let mut module = wasm_encoder::Module::new();
        module.section(&self.types).section(&self.imports).section(&self.functions);
        if !self.tables.is_empty() {
            module.section(&self.tables);
        }
        if !self.memories.is_empty() {
            module.section(&self.memories);
        }
        if !self.globals.is_empty() {
            module.section(&self.globals);
        }
        if !self.exports.is_empty() {
            module.section(&self.exports);
        }
        if let Some(function_index) = self.start {
            module.section(&StartSection { function_index });
        }
        if !self.elements.is_empty() {
            module.section(&self.elements);
        }
        if let Some(count) = self.data_count {
            module.section(&DataCountSection { count });
        }
        module.section(&self.code);
        if !self.data.is_empty() {
            module.section(&self.data);
        }
        module.finish()
    }

    /// All types under their old numbers.
    fn copy_types(&mut self, module: &Module<'_>, moved: &mut Moved) -> Result<(), Error<String>> {
        for ty in &module.types {
            let ty = moved.func_type(ty.clone())?;
            self.types.ty().func_type(&ty);
        }
        Ok(())
    }

    /// Tables, memories, globals, data: what a second part borrows.
    fn copy_state(&mut self, module: &Module<'_>, moved: &mut Moved) -> Result<(), Error<String>> {
        for table in &module.tables {
            moved.parse_table(&mut self.tables, table.clone())?;
        }
        for memory in &module.memories {
            self.memories.memory(moved.memory_type(*memory)?);
        }
        for global in &module.globals {
            moved.parse_global(&mut self.globals, global.clone())?;
        }
        for export in &module.exports {
            moved.parse_export(&mut self.exports, *export)?;
        }
        self.start = module.start.map(|start| moved.function_index(start)).transpose()?;
        self.data_count = module.counts_data.then_some(module.data.len() as u32);
        for data in &module.data {
            moved.parse_data(&mut self.data, data.clone())?;
        }
        Ok(())
    }
}

/// The first part: everything but the late functions, and a thunk for each late one it knows.
///
/// # Errors
/// The module has what the splitter does not know.
pub(crate) fn first(module: &Module<'_>, uses: &[Uses], plan: &Plan) -> Result<Vec<u8>, String> {
    write_first(module, uses, plan).map_err(|error| error.to_string())
}

fn write_first(module: &Module<'_>, uses: &[Uses], plan: &Plan) -> Result<Vec<u8>, Error<String>> {
    let imported = module.imported() as u32;
    let stays = |function: u32| !plan.late.contains(&function) && !plan.dead.contains(&function);
    let own = packed(module, (imported..module.functions.len() as u32).filter(|&f| stays(f)).collect());
    let needs = used_by(uses, own.iter().copied());
    let roots = module.roots().map_err(Error::UserError)?;
    let kept: Vec<u32> =
        (0..imported).filter(|import| needs.functions.contains(import) || roots.contains(import)).collect();
    let mut moved = Moved {
        functions: vec![None; module.functions.len()],
        tables: same(module.tables.len()),
        globals: same(module.globals.len()),
    };
    let mut sections = Sections::default();
    sections.copy_types(module, &mut moved)?;
    let (load_type, ensure_type) = (module.types.len() as u32, module.types.len() as u32 + 1);
    sections.types.ty().function([ValType::I32], []);
    sections.types.ty().function([ValType::I32], [ValType::I32]);

    import(module, &mut sections.imports, &kept, &module.renamed(), &mut moved)?;
    let load = kept.len() as u32;
    sections.imports.import(LINK, LOAD, EntityType::Function(load_type));
    for (place, &function) in own.iter().chain(&plan.entries).enumerate() {
        moved.functions[function as usize] = Some(load + 1 + place as u32);
        sections.functions.function(module.functions[function as usize]);
    }
    let ensure = load + 1 + (own.len() + plan.entries.len()) as u32;
    sections.functions.function(ensure_type);

    sections.copy_state(module, &mut moved)?;
    let slots = module.tables.len() as u32;
    sections.tables.table(slots_type(plan));
    lend(module, uses, plan, &mut sections.exports, &mut moved)?;
    for element in &module.elements {
        // Declared anew below, for the bodies that are here.
        if !matches!(element.kind, ElementKind::Declared) {
            moved.parse_element(&mut sections.elements, element.clone())?;
        }
    }
    declare(&mut sections.elements, &needs.by_reference, &mut moved)?;
    for function in own {
        if let Some(body) = module.body(function as usize) {
            moved.parse_function_body(&mut sections.code, body.clone())?;
        }
    }
    for (slot, &entry) in (0..).zip(&plan.entries) {
        let ty = module.functions[entry as usize];
        let parameters = module.types[ty as usize].params().len() as u32;
        sections.code.function(&thunk(parameters, slot, ensure, ty, slots));
    }
    sections.code.function(&ensure_loaded(slots, load));
    Ok(sections.finish())
}

/// The second part: late functions, and nothing of its own besides.
///
/// # Errors
/// The module has what the splitter does not know.
pub(crate) fn second(module: &Module<'_>, uses: &[Uses], plan: &Plan) -> Result<Vec<u8>, String> {
    write_second(module, uses, plan).map_err(|error| error.to_string())
}

fn write_second(module: &Module<'_>, uses: &[Uses], plan: &Plan) -> Result<Vec<u8>, Error<String>> {
    let imported = module.imported() as u32;
    let needs = used_by(uses, plan.late.iter().copied());
    let mut moved = Moved {
        functions: vec![None; module.functions.len()],
        tables: vec![None; module.tables.len()],
        globals: vec![None; module.globals.len()],
    };
    let mut sections = Sections::default();
    sections.copy_types(module, &mut moved)?;
    let kept: Vec<u32> = (0..imported).filter(|import| needs.functions.contains(import)).collect();
    import(module, &mut sections.imports, &kept, &module.renamed(), &mut moved)?;
    let mut next = kept.len() as u32;
    for &function in &plan.lent {
        let ty = EntityType::Function(module.functions[function as usize]);
        sections.imports.import(LINK, &lent_function(function), ty);
        moved.functions[function as usize] = Some(next);
        next += 1;
    }
    let late = packed(module, plan.late.iter().copied().collect());
    for &function in &late {
        sections.functions.function(module.functions[function as usize]);
        moved.functions[function as usize] = Some(next);
        next += 1;
    }
    for (index, memory) in module.memories.iter().enumerate() {
        let ty = EntityType::Memory(moved.memory_type(*memory)?);
        sections.imports.import(LINK, &format!("m{index}"), ty);
    }
    for (place, &table) in needs.tables.iter().enumerate() {
        let ty = EntityType::Table(moved.table_type(module.tables[table as usize].ty)?);
        sections.imports.import(LINK, &format!("t{table}"), ty);
        moved.tables[table as usize] = Some(place as u32);
    }
    let slots = needs.tables.len() as u32;
    sections.imports.import(LINK, "t", EntityType::Table(slots_type(plan)));
    for (place, &global) in needs.globals.iter().enumerate() {
        let ty = EntityType::Global(moved.global_type(module.globals[global as usize].ty)?);
        sections.imports.import(LINK, &format!("g{global}"), ty);
        moved.globals[global as usize] = Some(place as u32);
    }
    let filled: Vec<u32> =
        plan.entries.iter().map(|&entry| moved.function_index(entry)).collect::<Result<_, _>>()?;
    let functions = Elements::Functions(filled.into());
    sections.elements.active(Some(slots), &ConstExpr::i32_const(0), functions);
    declare(&mut sections.elements, &needs.by_reference, &mut moved)?;
    for &function in &late {
        if let Some(body) = module.body(function as usize) {
            moved.parse_function_body(&mut sections.code, body.clone())?;
        }
    }
    Ok(sections.finish())
}

/// The whole module, each function noting that it was called: a mutable global of its own, exported.
///
/// # Errors
/// The module has what the splitter does not know.
pub(crate) fn counted(module: &Module<'_>) -> Result<Vec<u8>, String> {
    write_counted(module).map_err(|error| error.to_string())
}

fn write_counted(module: &Module<'_>) -> Result<Vec<u8>, Error<String>> {
    let mut moved = Moved {
        functions: same(module.functions.len()),
        tables: same(module.tables.len()),
        globals: same(module.globals.len()),
    };
    let mut sections = Sections::default();
    sections.copy_types(module, &mut moved)?;
    let imported = module.imported() as u32;
    let all: Vec<u32> = (0..imported).collect();
    import(module, &mut sections.imports, &all, &vec![None; all.len()], &mut moved)?;
    sections.copy_state(module, &mut moved)?;
    for element in &module.elements {
        moved.parse_element(&mut sections.elements, element.clone())?;
    }
    let count = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    let globals = module.globals.len() as u32;
    for (place, body) in (0_u32..).zip(&module.bodies) {
        let function = imported + place;
        sections.functions.function(module.functions[function as usize]);
        sections.globals.global(count, &ConstExpr::i32_const(0));
        sections.exports.export(&format!("{CALLED}{function}"), ExportKind::Global, globals + place);
        let mut counting = moved.new_function_with_parsed_locals(body)?;
        counting.instruction(&Instruction::I32Const(1)).instruction(&Instruction::GlobalSet(globals + place));
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            counting.instruction(&moved.parse_instruction(&mut reader)?);
        }
        sections.code.function(&counting);
    }
    Ok(sections.finish())
}

/// Functions in an order that gzips well, by hundredths: those of about a length that begin alike
/// stand together.
fn packed(module: &Module<'_>, mut functions: Vec<u32>) -> Vec<u32> {
    functions.sort_by_cached_key(|&function| {
        let body = module.body(function as usize).map_or(&[][..], |body| body.as_bytes());
        let beginning = body[..body.len().min(24)].to_vec();
        (body.len().max(1).ilog2(), module.functions[function as usize], beginning, function)
    });
    functions
}

/// All that some functions use.
fn used_by(uses: &[Uses], functions: impl Iterator<Item = u32>) -> Uses {
    let mut sum = Uses::default();
    for function in functions {
        let uses = &uses[function as usize];
        sum.functions.extend(&uses.functions);
        sum.by_reference.extend(&uses.by_reference);
        sum.tables.extend(&uses.tables);
        sum.globals.extend(&uses.globals);
    }
    sum
}

/// Imports functions of the host, by new names where there are some.
fn import(
    module: &Module<'_>,
    section: &mut ImportSection,
    kept: &[u32],
    names: &[Option<String>],
    moved: &mut Moved,
) -> Result<(), Error<String>> {
    for (place, &function) in kept.iter().enumerate() {
        let import = module.imports[function as usize];
        if !matches!(import.ty, TypeRef::Func(_)) {
            return Err(Error::UserError(format!("imports {}.{}", import.module, import.name)));
        }
        let name = names[function as usize].as_deref().unwrap_or(import.name);
        moved.parse_import(section, Import { name, ..import })?;
        moved.functions[function as usize] = Some(place as u32);
    }
    Ok(())
}

/// Exports what the second part borrows.
fn lend(
    module: &Module<'_>,
    uses: &[Uses],
    plan: &Plan,
    exports: &mut ExportSection,
    moved: &mut Moved,
) -> Result<(), Error<String>> {
    let needs = used_by(uses, plan.late.iter().copied());
    for &function in &plan.lent {
        exports.export(&lent_function(function), ExportKind::Func, moved.function_index(function)?);
    }
    for index in 0..module.memories.len() as u32 {
        exports.export(&format!("m{index}"), ExportKind::Memory, index);
    }
    for &table in &needs.tables {
        exports.export(&format!("t{table}"), ExportKind::Table, table);
    }
    exports.export("t", ExportKind::Table, module.tables.len() as u32);
    for &global in &needs.globals {
        exports.export(&format!("g{global}"), ExportKind::Global, global);
    }
    Ok(())
}

/// Names that both parts compute.
fn lent_function(function: u32) -> String {
    format!("f{function}")
}

/// One slot an entry, empty until the second part is there.
fn slots_type(plan: &Plan) -> TableType {
    let slots = plan.entries.len() as u64;
    TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: slots,
        maximum: Some(slots),
        shared: false,
    }
}

/// `ref.func` is valid only for what some segment names.
fn declare(
    section: &mut ElementSection,
    functions: &BTreeSet<u32>,
    moved: &mut Moved,
) -> Result<(), Error<String>> {
    if !functions.is_empty() {
        let moved: Vec<u32> =
            functions.iter().map(|&function| moved.function_index(function)).collect::<Result<_, _>>()?;
        section.declared(Elements::Functions(moved.into()));
    }
    Ok(())
}

/// Passes its arguments on to the function in a slot.
fn thunk(parameters: u32, slot: i32, ensure: u32, type_index: u32, table_index: u32) -> Function {
    let mut thunk = Function::new([]);
    for parameter in 0..parameters {
        thunk.instruction(&Instruction::LocalGet(parameter));
    }
    thunk.instruction(&Instruction::I32Const(slot)).instruction(&Instruction::Call(ensure));
    thunk.instruction(&Instruction::CallIndirect { type_index, table_index }).instruction(&Instruction::End);
    thunk
}

/// `(slot) -> slot`: an empty slot means that the second part is not there yet.
fn ensure_loaded(slots: u32, load: u32) -> Function {
    let mut ensure = Function::new([]);
    for instruction in [
        Instruction::LocalGet(0),
        Instruction::TableGet(slots),
        Instruction::RefIsNull,
        Instruction::If(wasm_encoder::BlockType::Empty),
        Instruction::LocalGet(0),
        Instruction::Call(load),
        Instruction::End,
        Instruction::LocalGet(0),
        Instruction::End,
    ] {
        ensure.instruction(&instruction);
    }
    ensure
}

/// Names of the exports that a module has already.
pub(crate) fn taken(module: &Module<'_>) -> Option<String> {
    let ours = |name: &str| {
        let mut letters = name.chars();
        matches!(letters.next(), Some('f' | 'g' | 'm' | 't')) && letters.all(|c| c.is_ascii_digit())
    };
    let kind = |kind: ExternalKind| format!("{kind:?}");
    let clash = module.exports.iter().find(|export| ours(export.name))?;
    Some(format!("exports {} `{}`, which is a name the splitter uses", kind(clash.kind), clash.name))
}
