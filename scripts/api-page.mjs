// The reference of a library as one page: its declarations, with what their comments say, from the entry's exports down to the
// types that these name.
import ts from 'typescript';

/** @param entry the library's declarations (a .d.ts file) */
export function apiPage(title, version, entry) {
  const program = ts.createProgram([entry], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  });
  const checker = program.getTypeChecker();
  const real = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const own = (symbol) =>
    (symbol?.declarations ?? []).filter((each) => each.getSourceFile().fileName.includes('/dist/'));
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry))).map(real);
  const told = new Set(exported);
  for (const symbol of told) {
    for (const declaration of own(symbol)) {
      for (const named of namesIn(declaration)) {
        const found = checker.getSymbolAtLocation(named);
        if (found !== undefined && isType(real(found)) && own(real(found)).length > 0) told.add(real(found));
      }
    }
  }
  const section = (symbol) => `### ${symbol.name}\n\n\`\`\`ts\n${own(symbol).map(textOf).join('\n')}\n\`\`\`\n`;
  const page = [...exported].sort(byName).map(section);
  const rest = [...told]
    .filter((symbol) => !exported.includes(symbol))
    .sort(byName)
    .map(section);
  return [
    `# ${title} ${version}: reference\n`,
    `Everything that \`${title}\` exports, and the types that are named there.\n`,
    '## Exports\n',
    ...page,
    ...(rest.length === 0 ? [] : ['## Types named above, not exported\n', ...rest]),
  ].join('\n');
}

const byName = (a, b) => (a.name < b.name ? -1 : 1);

/** Whether a symbol stands by itself: no member, parameter or type parameter. */
function isType(symbol) {
  const kinds = ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Class;
  if ((symbol.flags & kinds) === 0) return false;
  return (symbol.declarations ?? []).some(({ parent }) => parent !== undefined && ts.isSourceFile(parent));
}

/** Names that a declaration uses, but for those that only a constructor needs: nobody calls it. */
function namesIn(node) {
  const found = [];
  const visit = (each) => {
    if (ts.isConstructorDeclaration(each)) return;
    if (ts.isIdentifier(each)) found.push(each);
    ts.forEachChild(each, visit);
  };
  visit(node);
  return found;
}

/** A declaration with its comment, without what is private. */
function textOf(declaration) {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return statement
    .getFullText()
    .trim()
    .replace(/^ +#private;\n/m, '')
    .replace(/^export (declare )?/m, '');
}
