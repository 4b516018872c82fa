/**
 * Numbers that the kernels (AssemblyScript) and their typed face (TypeScript) must agree on, written once for both compilers.
 * Only plain `const` literals: both languages read them, and both inline them.
 */

// Classes of a code point, in the top byte of an entry of the code point buffer (text/tokens).
export const CLASS_SPACE = 0;
export const CLASS_LETTER = 1;
export const CLASS_DIGIT = 2;
export const CLASS_MARK = 3;
export const CLASS_SYMBOL = 4;
export const CLASS_UNSPACED = 5;
export const CLASS_EMOJI = 6;
export const CLASS_EMOJI_MODIFIER = 7;
export const CLASS_REGIONAL = 8;
export const CLASS_IGNORABLE = 9;
export const CLASS_JOINER = 10;

// Properties of a code point, above its class (low 4 bits) in one byte of the Unicode trie.
/** NFKC and lower-casing this code point alone need no decomposition. */
export const PROPERTY_STABLE = 16;
/** May combine with what stands before it: a non-starter, or the second half of a composition. */
export const PROPERTY_COMBINES = 32;
/** Has a lower-case form of its own. */
export const PROPERTY_UPPER = 64;

// Header of the Unicode tables: one u32 offset (from the start of the tables) each, in bytes.
export const TABLE_TRIE_INDEX = 0;
export const TABLE_TRIE_BLOCKS = 4;
export const TABLE_LOWER = 8;
export const TABLE_DECOMPOSITION = 12;
export const TABLE_DECOMPOSITION_POOL = 16;
export const TABLE_COMPOSITION = 20;
export const TABLE_COMBINING_CLASS = 24;
// Size masks (entries - 1, a power of two) of the four hash tables in them.
export const TABLE_LOWER_MASK = 28;
export const TABLE_DECOMPOSITION_MASK = 32;
export const TABLE_COMPOSITION_MASK = 36;
export const TABLE_COMBINING_CLASS_MASK = 40;
export const TABLE_HEADER_BYTES = 64;
/** Code points a block of the trie, as a shift. */
export const TRIE_SHIFT = 7;

/** Multiplier of the tables' hash (2^32 divided by the golden ratio, odd). */
export const HASH_MULTIPLIER = 0x9e3779b1;

/** Examples that one pass of the output layer takes: 4 vectors of 4 lanes. */
export const LANES = 16;

// Fields of the training context: u32 or f32 each but the last two (f64), offsets in bytes. training/engine.ts says what they hold.
/** 1 where an example may have another weight than 1. */
export const CONTEXT_WEIGHTED = 0;
/** What a row of A loses in a step of an example, as a part of rate · x_p. */
export const CONTEXT_DECAY = 4;
/** Addresses of the examples, in the order in which they are taken. */
export const CONTEXT_ORDER = 8;
export const CONTEXT_LABELS = 12;
export const CONTEXT_BATCH = 16;
export const CONTEXT_THREADS = 20;
export const CONTEXT_SLICES = 24;
export const CONTEXT_SLICE_STARTS = 28;
export const CONTEXT_PARTIALS = 32;
export const CONTEXT_BARRIER = 36;
export const CONTEXT_STOP = 40;
export const CONTEXT_RATE_START = 44;
export const CONTEXT_RATE_SLOPE = 48;
export const CONTEXT_ADAGRAD = 52;
export const CONTEXT_THREAD_STATES = 56;
export const CONTEXT_SMOOTHING = 60;
export const CONTEXT_FEATURE_WEIGHTS = 64;
export const CONTEXT_TERM_FREQUENCIES = 68;
export const CONTEXT_NORM = 72;
export const CONTEXT_WORD_SCALE = 76;
export const CONTEXT_CHARACTER_SCALE = 80;
export const CONTEXT_LOSS_KIND = 84;
/** Most entries of one batch: the length of a slice's partial scores where the output layer is sparse. */
export const CONTEXT_MOST_ENTRIES = 88;
export const CONTEXT_PATH_STARTS = 92;
export const CONTEXT_PATHS = 96;
export const CONTEXT_NEGATIVES = 100;
export const CONTEXT_NEGATIVE_BOUNDS = 104;
export const CONTEXT_NEGATIVE_SEED = 108;
/** Address of (labels) f32: what the examples of a label count, by their own weight; 0 where all count 1. */
export const CONTEXT_LABEL_WEIGHTS = 112;
/**
 * Summed loss of the epoch so far, each example's by its weight, and the sum of those weights. One thread writes them with every batch: they
 * have a cache line of their own, so that the others need not fetch theirs anew.
 */
export const CONTEXT_LOSS = 128;
export const CONTEXT_WEIGHT = 136;
export const CONTEXT_BYTES = 192;

// One example in memory, offsets in bytes: how many features, how many of them are of the word block, how many labels (u32 each), its
// weight (f32); then the bag, ids (u32) and counts (u8); then, from the next multiple of 4 on, its labels (u32) and their targets (f32).
export const EXAMPLE_SIZE = 0;
export const EXAMPLE_WORD_COUNT = 4;
export const EXAMPLE_TARGETS = 8;
export const EXAMPLE_WEIGHT = 12;
export const EXAMPLE_IDS = 16;
/** Bytes of a feature in a bag: its id and its count. */
export const FEATURE_BYTES = 5;

// Fields of one thread's state: its columns of A and B and its own scratch.
export const THREAD_FIRST_SLICE = 0;
export const THREAD_SLICE_COUNT = 4;
export const THREAD_WIDTH = 8;
export const THREAD_EMBEDDINGS = 12;
export const THREAD_OUTPUT = 16;
export const THREAD_ROW_SQUARES = 20;
export const THREAD_LABEL_SQUARES = 24;
export const THREAD_HIDDEN_ROWS = 28;
export const THREAD_HIDDEN_COLUMNS = 32;
export const THREAD_LOGITS = 36;
export const THREAD_GRADIENT_ROWS = 40;
export const THREAD_MOVED_LABELS = 44;
export const THREAD_NORMS = 48;
export const THREAD_WEIGHTS = 52;
export const THREAD_PATIENCE = 56;
export const THREAD_ENTRIES = 60;
export const THREAD_BYTES = 64;
// What THREAD_NORMS points to: ‖∂L/∂s‖² of each lane (f32), room for a f64 each, then the weights of the lanes and their roots (f32 each).
export const NORMS_SUMS = 64;
export const NORMS_WEIGHTS = 192;
export const NORMS_ROOTS = 256;
export const NORMS_BYTES = 320;

// A fastText vocabulary for the kernels of assembly/fastText.ts: u32 each, offsets in bytes. features/fastTextVocabulary.ts lays it out.
/** Address of the entries' bytes; each entry ends in a zero byte. */
export const VOCABULARY_POOL = 0;
/** Address of (entries) u32: where each begins in the pool. */
export const VOCABULARY_STARTS = 4;
/** Address of (entries) u32: their hashes. */
export const VOCABULARY_HASHES = 8;
/** Address of a hash table of entry + 1 (u32), 0 for none. */
export const VOCABULARY_TABLE = 12;
export const VOCABULARY_MASK = 16;
/** Entries, and how many of them are words: they come first, then the labels. */
export const VOCABULARY_SIZE = 20;
export const VOCABULARY_WORDS = 24;
/** What an unknown label begins with. */
export const VOCABULARY_PREFIX = 28;
export const VOCABULARY_PREFIX_BYTES = 32;
/** Address of the four bytes of the token that ends a line. */
export const VOCABULARY_LINE_END = 36;
export const VOCABULARY_BUCKETS = 40;
export const VOCABULARY_SHORTEST = 44;
export const VOCABULARY_LONGEST = 48;
export const VOCABULARY_WORD_NGRAMS = 52;
/** 1 where a bucket without a row counts as a feature (a row of zeros), 0 where it does not. */
export const VOCABULARY_MAP_COUNTS_MISSING = 64;
/** While a vocabulary grows: bytes in the pool, and address of (entries) u32, how often each occurred. */
export const VOCABULARY_POOL_BYTES = 68;
export const VOCABULARY_COUNTS = 72;
/**
 * Which buckets have a row: address of a bit each, 0 where every bucket has one; and of how many have one before each 64 of them (u32). And of
 * these the rows behind the words (u32), in the order of the buckets.
 */
export const VOCABULARY_LIVE = 56;
export const VOCABULARY_LIVE_ROWS = 60;
export const VOCABULARY_LIVE_COUNTS = 76;
/** Address of bits, one for each hash of an entry, and how many − 1, so that most unknown words are told by one look; 0 for none. */
export const VOCABULARY_SIEVE = 80;
export const VOCABULARY_SIEVE_MASK = 84;
/** Buckets that are counted together. */
export const LIVE_BUCKETS = 64;
export const VOCABULARY_BYTES = 128;

// A token of fastText: begin, end, hash, entry (u32 each).
export const TOKEN_BYTES = 16;
/** A word that is not in the vocabulary. */
export const ENTRY_NONE = 0xffffffff;
/** A label that is not in the vocabulary. */
export const ENTRY_SKIPPED = 0xfffffffe;

// What is minimised. The first two touch every label at each step, the others a few rows of B: their entries.
export const LOSS_SOFTMAX = 0;
export const LOSS_ONE_VS_ALL = 1;
export const LOSS_HIERARCHICAL_SOFTMAX = 2;
export const LOSS_NEGATIVE_SAMPLING = 3;

// The entries of a batch: where each lane's begin and the end (LANES + 1 u32), then, from ENTRIES_FIRST on, for each entry its row of B
// (u32), the side it should fall on (f32, 1 or 0), its share of the target by the root of the example's weight, and what its loss counts,
// the share by the weight (f32 each).
export const ENTRIES_FIRST = 128;
export const ENTRY_ROW = 0;
export const ENTRY_TARGET = 4;
export const ENTRY_SHARE = 8;
export const ENTRY_WORTH = 12;
export const ENTRY_BYTES = 16;

// One slice of the output layer as the tree's kernels read it, five u32: the hidden row of lane 0 from the slice's first column on, bytes
// from lane to lane, row 0 of B from the same column on, bytes from row to row, columns.
export const SLICE_HIDDEN = 0;
export const SLICE_HIDDEN_BYTES = 4;
export const SLICE_OUTPUT = 8;
export const SLICE_OUTPUT_BYTES = 12;
export const SLICE_COLUMNS = 16;
export const SLICE_BYTES = 20;
/** A node that a walk down the tree may still have to look at: its number and turn (u32), its parent's score (f32) and log-probability (f64). */
export const WALK_BYTES = 16;

// What turns a text into its features (assembly/extract.ts), u32 each, offsets in bytes; features/featureExtractor.ts lays it out.
/** 1 for text as it is, cut at fastText's separators; 0 for Unicode's words, normalised. */
export const EXTRACTOR_PLAIN = 0;
export const EXTRACTOR_LOWERCASE = 4;
export const EXTRACTOR_WORD_NGRAMS = 8;
export const EXTRACTOR_SHORTEST = 12;
/** 0 where there are no character n-grams. */
export const EXTRACTOR_LONGEST = 16;
export const EXTRACTOR_ASCII_TABLE = 20;
/** Unicode's tables; 0 until they are needed. */
export const EXTRACTOR_TABLES = 24;
export const EXTRACTOR_CODE_POINTS = 28;
export const EXTRACTOR_OFFSETS = 32;
export const EXTRACTOR_TOKENS = 36;
/** Code points that the three have room for. */
export const EXTRACTOR_CAPACITY = 40;
/** Scratch of `normalize`, and behind it where it says how far it came. */
export const EXTRACTOR_SEGMENT = 44;
export const EXTRACTOR_STATE = 48;
/** Distinct hashes (u32) and their counts (u8), and how many there is room for. */
export const EXTRACTOR_HASHES = 52;
export const EXTRACTOR_COUNTS = 56;
export const EXTRACTOR_ROOM = 60;
/** Zeroed table of `distinct`, and how many slots it has. */
export const EXTRACTOR_SLOTS = 64;
export const EXTRACTOR_SLOT_COUNT = 68;
/** Of the last text: how many of its features are words or word n-grams. */
export const EXTRACTOR_WORD_COUNT = 72;
export const EXTRACTOR_TOKEN_COUNT = 76;
/** After `NO_ROOM`: how many features there must be room for; 0 where code points lack it, or tables are wanted. */
export const EXTRACTOR_NEEDED = 80;
export const EXTRACTOR_BYTES = 84;
/** There is too little room for a text; or it needs Unicode's tables, and they are not there. */
export const NO_ROOM = 0xffffffff;

// What reads labelled lines (assembly/readLines.ts), u32 each but the last two (f64), offsets in bytes; training/lineReader.ts lays it out.
/** The next line, the end of the lines, and the next line's number. */
export const READER_AT = 0;
export const READER_END = 4;
export const READER_LINE = 8;
/** What labels begin with. */
export const READER_PREFIX = 12;
export const READER_PREFIX_BYTES = 16;
export const READER_EXTRACTOR = 20;
/** Labels by their names: an open-addressed table of (hash, label + 1), the names' bytes, where each begins there, and the end. */
export const READER_LABEL_TABLE = 24;
export const READER_LABEL_MASK = 28;
export const READER_LABEL_POOL = 32;
export const READER_LABEL_STARTS = 36;
/** (labels) how many examples have each; and scratch for a line's labels, and how many it has room for. */
export const READER_LABEL_COUNTS = 40;
export const READER_LABELS = 44;
export const READER_LABELS_ROOM = 48;
/** The dictionary, as `addAll` takes it, and how many features it has room for. */
export const READER_TABLE = 52;
export const READER_SLOTS = 56;
export const READER_KEYS = 60;
export const READER_DOCUMENTS = 64;
export const READER_SIZE = 68;
export const READER_ROOM = 72;
/** Where the next record goes, and the end of the block. */
export const READER_OUT = 76;
export const READER_OUT_END = 80;
export const READER_FINGERPRINT = 84;
/** 1 where the targets of an example sum to 1. */
export const READER_SHARES = 88;
/** 1 where records keep hashes, not indices. */
export const READER_KEEPS_KEYS = 92;
/** Of the records written in this call: how many, their features, the largest bag, the most labels. */
export const READER_COUNT = 96;
export const READER_FEATURES = 100;
export const READER_LARGEST = 104;
export const READER_MOST_LABELS = 108;
/** Stop when bytes of records written + 16 · features of the dictionary pass the first, or its features reach the second. */
export const READER_MOST_BYTES = 112;
export const READER_MOST_SIZE = 120;
export const READER_BYTES = 128;

// Why `readLines` came back.
export const READ_ALL = 0;
/** The line at READER_AT is to be read another way: it has a label that is new or in an unusual place, or something needs more room. */
export const READ_ODD = 1;
/** The line before READER_AT has no label. */
export const READ_UNLABELLED = 2;
/** There is as much as was asked for. */
export const READ_LIMIT = 3;

// What puts texts into lanes of hidden rows (assembly/gatherText.ts), u32 unless it says otherwise; model/textGatherer.ts lays it out.
/** Lines: the next one, the end of all, and the lane that the next one goes to. */
export const GATHERER_AT = 0;
export const GATHERER_END = 4;
export const GATHERER_LANE = 8;
/** 1 where features are fastText's, and then the address of the vocabulary; otherwise that of the extractor. */
export const GATHERER_IS_FASTTEXT = 12;
export const GATHERER_FEATURES = 16;
/** A bag: ids (u32), weights (f32), counts (u8), and how many features there is room for. */
export const GATHERER_IDS = 20;
export const GATHERER_WEIGHTS = 24;
export const GATHERER_COUNTS = 28;
export const GATHERER_ROOM = 32;
/** Of hashed features: the table of the model's features (below), and how they are weighted (`weigh`; the scales are f32). */
export const GATHERER_TABLE = 36;
export const GATHERER_FEATURE_WEIGHTS = 44;
export const GATHERER_TERM_FREQUENCIES = 48;
export const GATHERER_NORM = 52;
export const GATHERER_WORD_SCALE = 56;
export const GATHERER_CHARACTER_SCALE = 60;
/** What rows are multiplied by last (f64). */
export const GATHERER_FACTOR = 64;
/** Groups of columns: rows of A, their width, and the hidden row of lane 0, three u32 each; and how many groups. */
export const GATHERER_GROUPS = 72;
export const GATHERER_GROUP_COUNT = 76;
/** What rows are projected by (below), or 0. */
export const GATHERER_PROJECTION = 80;
/** (LANES) u8: 1 for a text without an answer. */
export const GATHERER_UNANSWERED = 84;
/** Of fastText's features: rows of A (below), spots of words, tokens and how many there is room for, ones (f32), as many as ids. */
export const GATHERER_ROWS = 88;
export const GATHERER_TOKENS = 92;
export const GATHERER_SCRATCH = 96;
export const GATHERER_TOKEN_ROOM = 100;
export const GATHERER_ONES = 104;
/** Vectors of words that were met, four slots a set: the slots, how many sets − 1, bytes of a slot; and room for one vector. */
export const GATHERER_CACHE = 108;
export const GATHERER_CACHE_MASK = 112;
export const GATHERER_SLOT_BYTES = 116;
export const GATHERER_VECTOR = 120;
/** Rows of A that were looked up, and features of the last text. */
export const GATHERER_LOOKED_UP = 124;
export const GATHERER_TOTAL = 128;
/** Scratch of three u32, and of one token. */
export const GATHERER_OUT = 132;
export const GATHERER_TOKEN = 144;
/** Bytes of the longest text whose words are summed first, each by itself; the rows of longer ones are summed in fastText's order. */
export const GATHERER_BY_WORDS = 160;
/** (sets, 4) u32: a hash of the word in each slot, 0 for none. */
export const GATHERER_TAGS = 164;
/** (DOOR_PLACES) u16: hashes of words that were met and are not kept. */
export const GATHERER_DOOR = 168;
/** How many words were put into slots. */
export const GATHERER_TURN = 172;
/** SUBWORD_SCRATCH bytes, for the character n-grams of a word. */
export const GATHERER_SUBWORDS = 176;
export const GATHERER_BYTES = 184;
export const SUBWORD_SCRATCH = 4608;
export const GROUP_BYTES = 12;

// A slot of the words' cache: up to 24 bytes of the word, zeros behind them; its length, how many features it has (or
// `WORD_SKIPPED` for what is no word), its hash, then its vector. A set has four slots.
export const WORD_LENGTH = 24;
export const WORD_FEATURES = 28;
export const WORD_HASH = 32;
export const WORD_VECTOR = 48;
export const WORD_SKIPPED = 0xffffffff;

// A word of a line: address of its slot (0: it has none), its begin and end, the hash that stands for it beside slots (0: it is too long for
// one; u32 each), its bytes as in a slot; the number of its set, and its place at the door and hash there (u32 each).
export const SPOT_SLOT = 0;
export const SPOT_BEGIN = 4;
export const SPOT_END = 8;
export const SPOT_TAG = 12;
export const SPOT_TEXT = 16;
export const SPOT_SET = 40;
export const SPOT_DOOR = 44;
export const SPOT_BYTES = 48;
/** Slots of a set. */
export const SET_SLOTS = 4;
/** A power of two; the hash of a place has 16 bits. */
export const DOOR_PLACES = 32768;

// Rows of A in whatever form: the kind, their width, then what the kernels of assembly/compressed.ts take.
export const ROWS_KIND = 0;
export const ROWS_WIDTH = 4;
export const ROWS_AT = 8;
export const ROWS_SCALES = 12;
export const ROWS_CODE_COUNT = 16;
export const ROWS_DIMENSION = 20;
export const ROWS_SUB_DIMENSION = 24;
export const ROWS_CENTROIDS = 28;
export const ROWS_NORM_CODES = 32;
export const ROWS_NORMS = 36;
export const ROWS_BYTES = 40;
export const ROWS_DENSE = 0;
export const ROWS_HALVES = 1;
export const ROWS_INT8 = 2;
export const ROWS_PRODUCT = 3;

// The projection of rows of A to labels (assembly/project.ts): bitmap of the rows that are projected, the projected rows, their width, Bᵀ
// (dimension × width), the groups of columns of A as above, how many they are.
export const PROJECTION_DONE = 0;
export const PROJECTION_ROWS = 4;
export const PROJECTION_WIDTH = 8;
export const PROJECTION_OUTPUT = 12;
export const PROJECTION_GROUPS = 16;
export const PROJECTION_GROUP_COUNT = 20;
export const PROJECTION_BYTES = 24;
