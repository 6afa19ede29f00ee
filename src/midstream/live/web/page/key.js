// How the name of a member is written: as it is if it is plain, else as the JSON text of it, in which nothing is invisible and
// nothing turns the direction of the text. Different names look different.

const PLAIN = /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}_$@][\p{L}\p{N}\p{M}_$@./-]*$/u;
const HIDDEN = /(?! )[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]/gu;

export function isPlain(name) {
    return PLAIN.test(name);
}

export function written(name) {
    return isPlain(name) ? name : JSON.stringify(name).replace(HIDDEN, escaped);
}

function escaped(character) {
    return character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
