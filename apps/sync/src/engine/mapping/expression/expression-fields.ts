import type { ASTNode } from '@marcbachmann/cel-js';

/** Operators and calls that have no result for null, whichever side it is on. */
const STRICT = new Set(['+', '-', '*', '/', '%', '<', '<=', '>', '>=', '!_', '-_', '.', '[]', 'call', 'rcall']);
/** Calls that ask about a value instead of computing with it, or that bind names of their own. */
const LENIENT_CALLS = new Set(['has', 'type', 'dyn', 'all', 'exists', 'exists_one', 'map', 'filter', 'bind']);

/** Names that an expression uses, its own bound ones included, in the order of their appearance. */
export function namesIn(node: ASTNode): Set<string> {
  const names = new Set<string>();
  visit(node, (inner) => {
    if (inner.op === 'id') names.add(inner.args);
  });
  return names;
}

/** Where the expression calls a function of that name, as its offset in the text; undefined when it does not. */
export function callOf(node: ASTNode, name: string): number | undefined {
  let found: number | undefined;
  visit(node, (inner) => {
    if ((inner.op === 'call' || inner.op === 'rcall') && inner.args[0] === name) found ??= inner.start;
  });
  return found;
}

/** Names without whose value there surely is no result: they are computed with, not merely asked for or chosen. */
export function strictNames(node: ASTNode): Set<string> {
  const names = new Set<string>();
  const descend = (inner: ASTNode) => {
    if (inner.op === 'id') names.add(inner.args);
    else if (inner.op === '?:') descend(inner.args[0]);
    else if (STRICT.has(inner.op) && !isLenientCall(inner)) for (const child of childrenOf(inner)) descend(child);
  };
  // A bare name is null when its field is; nothing has to be computed.
  if (node.op !== 'id') descend(node);
  return names;
}

function isLenientCall(node: ASTNode): boolean {
  return (node.op === 'call' || node.op === 'rcall') && LENIENT_CALLS.has(node.args[0]);
}

function visit(node: ASTNode, see: (node: ASTNode) => void): void {
  see(node);
  for (const child of childrenOf(node)) visit(child, see);
}

/** The nodes directly below, whatever shape the arguments have. */
function childrenOf(node: ASTNode): ASTNode[] {
  if (node.op === 'value' || node.op === 'id') return [];
  return nodesOf(node.args);
}

function nodesOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesOf);
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
}
