import { didYouMean } from "@bax/tables";
import { Endianness } from "apache-arrow/fb/endianness";
import type { Field } from "apache-arrow/fb/field";
import { MessageHeader } from "apache-arrow/fb/message-header";
import { MetadataVersion } from "apache-arrow/fb/metadata-version";
import { Schema } from "apache-arrow/fb/schema";
import { Type } from "apache-arrow/fb/type";
import { Union } from "apache-arrow/fb/union";
import { UnionMode } from "apache-arrow/fb/union-mode";
import { BaxError } from "bax";
import { type ArrowMessage, damaged, intact } from "./arrowMessages.ts";

/** Where a batch has a column of texts: a batch lists nodes and buffers of all columns, and of the columns in them, one after the other. */
export interface TextPlace {
  readonly type: Type.Utf8 | Type.LargeUtf8 | Type.Utf8View;
  readonly node: number;
  readonly buffer: number;
  /** Columns before it whose number of buffers is told by the batch itself. */
  readonly views: number;
}

/** Buffers of a column of a type, without those of the columns in it. */
const BUFFERS: Partial<Record<Type, number>> = {
  ...{ [Type.Null]: 0, [Type.RunEndEncoded]: 0, [Type.Struct_]: 1, [Type.FixedSizeList]: 1 },
  ...{ [Type.Int]: 2, [Type.FloatingPoint]: 2, [Type.Bool]: 2, [Type.Decimal]: 2, [Type.Date]: 2, [Type.Time]: 2 },
  ...{ [Type.Timestamp]: 2, [Type.Interval]: 2, [Type.Duration]: 2, [Type.FixedSizeBinary]: 2, [Type.List]: 2 },
  ...{ [Type.LargeList]: 2, [Type.Map]: 2, [Type.Utf8View]: 2, [Type.BinaryView]: 2 },
  ...{ [Type.Utf8]: 3, [Type.LargeUtf8]: 3, [Type.Binary]: 3, [Type.LargeBinary]: 3, [Type.ListView]: 3 },
  ...{ [Type.LargeListView]: 3 },
};

/** The place of a column of texts. Throws BaxError "data" where a schema has none of that name. */
export function textPlace(message: ArrowMessage, name: string): TextPlace {
  return intact(() => placeOf(message, name));
}

function placeOf({ header, headerBytes }: ArrowMessage, name: string): TextPlace {
  const schema: Schema | null = header.headerType() === MessageHeader.Schema ? header.header(new Schema()) : null;
  if (schema === null)
    throw new BaxError(
      "data",
      "(standard input): the Arrow stream does not begin with a schema",
      "Write it as a stream, not as a file.",
    );
  if (schema.endianness() !== Endianness.Little)
    throw new BaxError("data", "(standard input): the Arrow stream is big-endian", "Write it little-endian.");
  const names: string[] = [];
  const passed = { nodes: 0, buffers: 0, views: 0, left: headerBytes, version: header.version() };
  for (const field of listed(schema.fieldsLength(), headerBytes, (i) => schema.fields(i))) {
    if (field.name() === name) {
      const { nodes, buffers, views } = passed;
      return { type: textType(field, name), node: nodes, buffer: buffers, views };
    }
    names.push(field.name() ?? "");
    pass(field, passed);
  }
  const some = names.slice(0, 10).map((one) => `"${one}"`);
  const has = names.length === 0 ? "It has none" : `It has ${some.join(", ")}${names.length > 10 ? ", …" : ""}`;
  throw new BaxError(
    "data",
    `(standard input): the Arrow stream has no column "${name}"`,
    `${has}: name one by --text.${didYouMean(name, names)}`,
  );
}

/** Adds what a column, and all in it, has in a batch. `left`: how many columns a header of its size may yet have. */
function pass(
  field: Field,
  passed: { nodes: number; buffers: number; views: number; left: number; version: MetadataVersion },
): void {
  if (--passed.left < 0) throw damaged();
  passed.nodes++;
  if (field.dictionary() !== null) {
    // Numbers of values that are kept elsewhere.
    passed.buffers += 2;
    return;
  }
  const type = field.typeType();
  const buffers = type === Type.Union ? unionBuffers(field, passed.version) : BUFFERS[type];
  if (buffers === undefined)
    throw new BaxError(
      "data",
      `(standard input): column "${field.name()}" is of a type that is not known here`,
      "Send the column of the text alone, or first.",
    );
  passed.buffers += buffers;
  if (type === Type.Utf8View || type === Type.BinaryView) passed.views++;
  for (const child of listed(field.childrenLength(), passed.left, (i) => field.children(i))) pass(child, passed);
}

function unionBuffers(field: Field, version: MetadataVersion): number {
  const union = field.type(new Union()) as Union;
  return (union.mode() === UnionMode.Dense ? 2 : 1) + (version < MetadataVersion.V5 ? 1 : 0);
}

/** The items of a list; one that claims to have more than there can be is damaged. */
function* listed<T>(length: number, most: number, item: (i: number) => T | null): Generator<T> {
  if (length > most) throw damaged();
  for (let i = 0; i < length; i++) {
    const found = item(i);
    if (found === null) throw damaged();
    yield found;
  }
}

function textType(field: Field, name: string): TextPlace["type"] {
  const type = field.typeType();
  const isEncoded = field.dictionary() !== null;
  if (!isEncoded && (type === Type.Utf8 || type === Type.LargeUtf8 || type === Type.Utf8View)) return type;
  const found = isEncoded ? "numbers of a dictionary" : `values of type ${Type[type] ?? type}`;
  throw new BaxError(
    "data",
    `(standard input): column "${name}" holds ${found}, expected strings`,
    "Cast it, as by column.cast(pyarrow.string()), or name another by --text.",
  );
}
