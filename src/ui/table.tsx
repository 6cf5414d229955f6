// Tables that are sorted, filtered and cut into pages by the box, so that a page has a bound however much
// there is.

import type { ComponentChildren, JSX } from "preact";

export interface Column<Row> {
  readonly title: string;
  /** By which name the endpoint sorts by it; undefined: it does not. */
  readonly sort?: string;
  readonly isFigure?: boolean;
  cell(row: Row): ComponentChildren;
}

export interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly empty: string;
  keyOf(row: Row): string | number;
  readonly sort?: string;
  onSort?(name: string): void;
}

export function Table<Row>(props: TableProps<Row>): JSX.Element {
  const { label, columns, rows, empty, keyOf } = props;
  if (rows.length === 0) return <p class="empty">{empty}</p>;
  return (
    <div class="table">
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.title} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, isFigure, cell }) => (
                <td key={title} data-label={title} class={isFigure === true ? "figure" : ""}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly sort: string | undefined;
  readonly onSort: ((name: string) => void) | undefined;
}

function Head<Row>({ column, sort, onSort }: HeadProps<Row>): JSX.Element {
  const { title, isFigure, sort: name } = column;
  const style = isFigure === true ? "figure" : "";
  if (name === undefined || onSort === undefined) {
    return (
      <th scope="col" class={style}>
        {title}
      </th>
    );
  }
  const isSorted = sort === name;
  return (
    <th
      scope="col"
      class={style}
      aria-sort={isSorted ? (isFigure === true ? "descending" : "ascending") : "none"}
    >
      <button type="button" onClick={() => onSort(name)}>
        {title}
        <span aria-hidden="true">{isSorted ? (isFigure === true ? " ▾" : " ▴") : ""}</span>
      </button>
    </th>
  );
}

export interface PagerProps {
  readonly offset: number;
  readonly limit: number;
  readonly total: number;
  readonly what: string;
  onOffset(offset: number): void;
}

export function Pager({ offset, limit, total, what, onOffset }: PagerProps): JSX.Element {
  const last = Math.min(total, offset + limit);
  return (
    <p class="pager">
      <span role="status">{total === 0 ? `No ${what}` : `${offset + 1}–${last} of ${total} ${what}`}</span>
      <button type="button" disabled={offset === 0} onClick={() => onOffset(Math.max(0, offset - limit))}>
        Back
      </button>
      <button type="button" disabled={last >= total} onClick={() => onOffset(offset + limit)}>
        Next
      </button>
    </p>
  );
}

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly list?: string;
  onValue(value: string): void;
}

export function Field({ label, value, hint, list, onValue }: FieldProps): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="search"
        value={value}
        placeholder={hint}
        list={list}
        maxLength={500}
        spellcheck={false}
        autocomplete="off"
        dir="auto"
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </label>
  );
}

export interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, title: string])[];
  onValue(value: string): void;
}

export function Choice({ label, value, choices, onValue }: ChoiceProps): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {choices.map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
