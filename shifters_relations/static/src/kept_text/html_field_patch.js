import { HtmlField } from "@html_editor/fields/html_field";
import { patch } from "@web/core/utils/patch";
import { useBus } from "@web/core/utils/hooks";

/** A rich text that is being typed can be read without being committed, which would move the cursor. */
patch(HtmlField.prototype, {
    setup() {
        super.setup();
        useBus(this.props.record.model.bus, "KEPT_TEXT:READ", ({ detail }) => {
            if (this.isDirty && this.editor?.editable && detail.record.id === this.props.record.id) {
                detail.texts[this.props.name] = this.editor.getContent();
            }
        });
    },
});
