import type { FilterFlag, NetworkField, NumberField, TextField } from './fields.js';
import type { FilterNode } from './node.js';

/** The fields and flags that a filter asks for; bare words ask for none. */
export function mentionedFields(
  node: FilterNode,
): ReadonlySet<TextField | NetworkField | NumberField | FilterFlag> {
  const names = new Set<TextField | NetworkField | NumberField | FilterFlag>();
  const visit = (part: FilterNode): void => {
    switch (part.kind) {
      case 'and':
      case 'or':
        for (const operand of part.operands) visit(operand);
        break;
      case 'not':
        visit(part.operand);
        break;
      case 'flag':
        names.add(part.name);
        break;
      case 'word':
      case 'label':
        break;
      default:
        names.add(part.field);
    }
  };
  visit(node);
  return names;
}
