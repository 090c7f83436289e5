/** What people read in a text, blanks made one: what the server cleans in a rich text does not count. */
export function plainText(value, type) {
    let text = value || "";
    if (type === "html") {
        const body = new DOMParser().parseFromString(String(value || ""), "text/html").body;
        for (const block of body.querySelectorAll("p, div, li, br, h1, h2, h3, h4, h5, h6, tr")) {
            block.append(" ");
        }
        text = body.textContent;
    }
    return text.replace(/[\s\u200b\ufeff]+/g, " ").trim();
}

/** What people read in a text, its lines kept: to be shown and copied. */
export function readableText(value, type) {
    if (type !== "html") {
        return value || "";
    }
    const body = new DOMParser().parseFromString(String(value || ""), "text/html").body;
    for (const block of body.querySelectorAll("p, div, li, br, h1, h2, h3, h4, h5, h6, tr")) {
        block.after("\n");
    }
    return body.textContent.replace(/\n{3,}/g, "\n\n").trim();
}

/** A number that tells whether a text is still the same, without keeping the text. */
export function fingerprint(text) {
    let hash = 5381;
    for (let index = 0; index < text.length; index++) {
        hash = (hash * 33 + text.charCodeAt(index)) | 0;
    }
    return hash;
}
