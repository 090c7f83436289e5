import { Component } from "@odoo/owl";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { readableText } from "./plain_text";

/** A text that cannot go back where it was typed, to be copied. */
export class KeptTextDialog extends Component {
    static template = "shifters_relations.KeptTextDialog";
    static components = { CopyButton, Dialog };
    static props = { title: String, reason: { type: String, optional: true }, content: String, close: Function };

    setup() {
        this.copied = _t("Copied");
    }
}

/** All that a kept text holds, in words. */
export function allOf(text, fields) {
    const parts = Object.entries(text.fields)
        .filter(([, { type }]) => ["char", "text", "html"].includes(type))
        .map(([name, { type, value }]) => {
            const label = fields?.[name]?.string;
            const content = readableText(value, type);
            return label ? `${label}\n${content}` : content;
        });
    for (const lines of Object.values(text.lines)) {
        for (const line of lines) {
            parts.push(
                Object.values(line)
                    .map((value) => value.display_name || value)
                    .join(" · ")
            );
        }
    }
    return [...parts, ...text.loose].filter(Boolean).join("\n\n");
}
