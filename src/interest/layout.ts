// Where each word of interest lies in its slot. A node carries its first group and a group its first row,
// because nearly every pattern has one group with one row: such an entry is one slot, and to find it one
// place in memory.

/** A node: one pattern of one account. Then follow the words of its first group, then the bytes of the
 *  pattern. */
/** The account, with WILD if the pattern has wildcards. */
export const ACCOUNT = 0;
/** Length of the pattern in bytes. */
export const LENGTH = 1;
/** Neighbours among the nodes of the account. */
export const PREVIOUS = 2;
export const NEXT = 3;
export const NODE_GROUP = 4;
export const NODE_BYTES = 10;

export const WILD = 1 << 24;
export const ACCOUNT_MAX = WILD - 1;

/**
 * A group's address is that of these words, whether they are part of a node or of a slot of their own, in
 * which the node's address comes before them. Then follow the words of its first row.
 */
export const GROUP_NODE = -1;
export const GROUP_NEXT = 0;
/** Queue and class; NO_GROUP in a node whose first group is vacant. */
export const GROUP_KEY = 1;
/** First of the rows that have slots of their own. */
export const GROUP_ROWS = 2;
export const GROUP_ROW = 3;
/** Words of a group with a slot of its own, by which it is known, and where in it the group's address is. */
export const GROUP_WORDS = 7;
export const GROUP_AT = 1;
export const NO_GROUP = -1;

export const CLASS_BITS = 3;
export const CLASS_MASK = (1 << CLASS_BITS) - 1;
export const QUEUE_MAX = (1 << (31 - CLASS_BITS)) - 1;

/**
 * A row's address is that of these words, whether they are part of a group or of a slot of their own, in
 * which the next three come before them. ROW_NEXT is right for both, as GROUP_ROWS stands there in a group.
 */
export const ROW_GROUP = -3;
/** The first row with a slot of its own has no row before it and keeps minus the number of such rows here. */
export const ROW_PREVIOUS = -2;
export const ROW_NEXT = -1;
/** 0 in a group whose first row is vacant. */
export const ROW_OWNER = 0;
export const ROW_TAG = 1;
export const ROW_WEIGHT = 2;
/** Words of a row with a slot of its own, by which it is known, and where in it the row's address is. */
export const ROW_WORDS = 6;
export const ROW_AT = 3;
